import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { ROOT, run, start, tempFolder, type Folder } from './support.ts'

/** As after `npm install`. */
function install({ path }: Folder): void {
  mkdirSync(join(path, 'node_modules'))
  symlinkSync(ROOT, join(path, 'node_modules', 'notiwire'))
}

describe('starting a project', () => {
  it.each([['notiwire.config.mjs'], ['notiwire.config.ts', '--typescript']])(
    'writes a %s with which a message can be sent',
    async (file, ...flags) => {
      using folder = tempFolder()
      await using smtp = await startFakeSmtp({ users: { shop: 'pass' } })
      install(folder)
      const options = { cwd: folder.path }

      const ran = await run(['init', 'email', ...flags], options)
      folder.write(file, folder.read(file).replace('from:', `port: ${smtp.port}, from:`))
      folder.write(
        '.env',
        'SMTP_HOST=127.0.0.1\nSMTP_USER=shop\nSMTP_PASS=pass\nSMTP_FROM=shop@example.com\n',
      )
      const mail = ['--to', 'ann@example.com', '--subject', 's', '--text', 't', '--env-file', '.env']
      const sent = await start(['send', 'email', ...mail], options).ended

      expect(ran).toMatchObject({ code: 0, stderr: '' })
      expect(ran.stdout).toContain('npm install notiwire nodemailer\n')
      expect(folder.read('.env.example')).toContain('SMTP_PASS=')
      expect(sent).toMatchObject({ code: 0, stderr: '' })
      expect(smtp.accepted).toHaveLength(1)
    },
  )

  it('writes all channels, and each is a configuration that loads', async () => {
    using folder = tempFolder()
    install(folder)
    const channels = ['email', 'sms', 'wechat', 'websocket']

    const ran = await run(['init', ...channels, '--json'], { cwd: folder.path })
    const filled = folder.read('.env.example').replace('=LTAI', '=LTAI5t').replaceAll('示例商城', 'shop')
    folder.write('.env', filled)
    const explained = channels.map((channel) => ['explain', channel, '--env-file', '.env', '--json'])
    const told = await Promise.all(explained.map((args) => start(args, { cwd: folder.path }).ended))

    expect(ran.json).toEqual([
      {
        files: ['notiwire.config.mjs', '.env.example'],
        install: 'npm install notiwire nodemailer @alicloud/dysmsapi20170525 axios',
      },
    ])
    expect(told.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      channels.map(() => ({ code: 0, stderr: '' })),
    )
  })

  it('writes all five commented out where none is named', async () => {
    using folder = tempFolder()

    const ran = await run(['init'], { cwd: folder.path })

    expect(ran).toMatchObject({ code: 0 })
    for (const name of ['smtp', 'aliyun', 'miniProgram', 'apns', 'centrifugo'])
      expect(folder.read('notiwire.config.mjs')).toMatch(new RegExp(`// .*${name}\\(`))
    expect(await run(['explain', 'email'], { cwd: folder.path })).toMatchObject({ code: 2 })
  })

  it('writes over nothing unless it is told to, and knows no other channels', async () => {
    using folder = tempFolder()
    folder.write('.env.example', 'MINE=1')

    const refused = await run(['init', 'email'], { cwd: folder.path })
    const unknown = await run(['init', 'fax'], { cwd: folder.path })

    expect(refused).toMatchObject({
      code: 2,
      stderr: 'error: there is .env.example already; --force writes over it\n',
    })
    expect(unknown).toMatchObject({ code: 2 })
    expect(folder.read('.env.example')).toBe('MINE=1')
    expect(await run(['init', 'email', '--force'], { cwd: folder.path })).toMatchObject({ code: 0 })
    expect(folder.read('.env.example')).not.toContain('MINE')
  })
})
