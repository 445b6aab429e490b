import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { ROOT, run, tempFolder } from './support.ts'

const MAIL = ['--to', 'ann@example.com', '--subject', 'Receipt', '--text', 'Paid.']
const built = (file: string) => JSON.stringify(join(ROOT, 'dist', file))

const moduleText = (port: number) => `
  import { smtp } from ${built('email.js')}
  export default { channels: { email: smtp({ host: '127.0.0.1', port: ${port}, from: 'shop@example.com' }) } }`

const files = (port: number): [string, string][] => [
  ['notiwire.config.mjs', moduleText(port)],
  [
    'notiwire.config.ts',
    moduleText(port).replace('export default', 'const given: object =') + '\nexport default given',
  ],
  ['notiwire.config.mts', moduleText(port)],
  [
    'notiwire.config.cjs',
    `const { smtp } = require(${built('email.cjs')})
     module.exports = { channels: { email: smtp({ host: '127.0.0.1', port: ${port}, from: 'shop@example.com' }) } }`,
  ],
  [
    'notiwire.config.json',
    `{ "channels": { "email": "smtp://\${HOST}:${port}?from=shop@example.com" }, "deadlineMs": 5000 }`,
  ],
]

describe('a configuration file', () => {
  it.each(['mjs', 'ts', 'mts', 'cjs', 'json'])('is found and read as .%s', async (extension) => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const file = files(smtp.port).find(([name]) => name.endsWith(`.${extension}`))
    folder.write(file?.[0] ?? '', file?.[1] ?? '')

    const ran = await run(['send', 'email', ...MAIL], { cwd: folder.path, env: { HOST: '127.0.0.1' } })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(smtp.accepted).toHaveLength(1)
  })

  it('may be named, and may export a Notify, even one in debug mode', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const text = moduleText(smtp.port).replace(
      'export default {',
      'export default createNotify({ debug: true,',
    )
    folder.write('other.mjs', `import { createNotify } from ${built('index.js')}\n${text})`)
    const options = { cwd: folder.path }

    const sent = await run(['send', 'email', ...MAIL, '--config', 'other.mjs'], options)
    // The module is loaded once a process, and the first run has closed its Notify.
    const failed = await run(['send', 'email', ...MAIL, '-c', 'other.mjs', '--json'], options)
    const preview = await run(['preview', 'email', ...MAIL, '-c', 'other.mjs'], options)

    expect(sent.code).toBe(0)
    expect(failed.code).toBe(1)
    expect(failed.json).toMatchObject([{ status: 'failed', code: 'CLOSED' }])
    expect(smtp.accepted).toHaveLength(1)
    expect(preview).toMatchObject({ code: 2 })
    expect(preview.stderr).toContain('instead of a Notify')
  })

  it('wins over the environment, which adds the channels that it does not name', async () => {
    using folder = tempFolder()
    folder.write('notiwire.config.json', '{ "channels": { "email": "smtp://127.0.0.1:25" } }')
    const env = { NOTIWIRE_EMAIL: 'not read', NOTIWIRE_BACKUP: 'smtp://127.0.0.1:26' }

    const email = await run(['explain', 'email', '--json'], { cwd: folder.path, env })
    const backup = await run(['explain', 'backup', '--json'], { cwd: folder.path, env })
    const unknown = await run(['explain', 'sms'], { cwd: folder.path, env })

    expect(email.json).toMatchObject([{ source: 'notiwire.config.json' }])
    expect(backup.json).toMatchObject([{ source: 'NOTIWIRE_BACKUP' }])
    expect(unknown).toMatchObject({ code: 2 })
    expect(unknown.stderr).toContain('No channel is named "sms"; there are: email, backup')
  })

  it('in JSON has passwords from the environment encoded for it, and whole DSNs as they are', async () => {
    using folder = tempFolder()
    const pass = 'p@ss/w#rd %&'
    await using smtp = await startFakeSmtp({ users: { shop: pass } })
    const own = `smtp://shop:\${PASS}@127.0.0.1:${smtp.port}?from=shop@example.com`
    folder.write('notiwire.config.json', JSON.stringify({ channels: { email: `\${DEAD} || ${own}` } }))
    const env = { PASS: pass, DEAD: 'smtp://127.0.0.1:1?from=shop@example.com' }

    const ran = await run(['send', 'email', ...MAIL, '--json'], { cwd: folder.path, env })

    expect(ran.json).toMatchObject([{ status: 'sent', attempts: 2 }])
  })

  it.each([
    [
      'notiwire.config.json',
      '{ "channels": { "email": "smtp://u:${A}@${B}" } }',
      ['A is not set', 'B is not set'],
    ],
    ['notiwire.config.json', '{ "channels": { "email": "smtp://u:secret }', ['no valid JSON']],
    [
      'notiwire.config.json',
      '{ "channels": { "email": 1, "sms": "x" } }',
      ['channels.email', 'channels.sms'],
    ],
    ['notiwire.config.mjs', 'export const x = 1', ['expected a default export']],
    ['notiwire.config.mjs', 'throw new Error("broken here")', ['cannot be loaded: broken here']],
    [
      'notiwire.config.mjs',
      `import { smtp } from ${built('email.js')}\nexport default smtp({})`,
      ['mjs: host'],
    ],
    [
      'notiwire.config.mjs',
      'export default { channels: { email: 1 } }',
      ['channels.email: expected a driver'],
    ],
    ['notiwire.config.mjs', 'export default { channels: {}, }', ['No channels in notiwire.config.mjs']],
  ])('%s with %s is told what is wrong', async (name, text, told) => {
    using folder = tempFolder()
    folder.write(name, text)

    const ran = await run(['send', 'email', ...MAIL], { cwd: folder.path })

    expect(ran.code).toBe(2)
    for (const part of told) expect(ran.stderr).toContain(part)
    expect(ran.stderr).not.toContain('secret')
  })

  it('is missed where there are no channels at all, and where the named one is not there', async () => {
    using folder = tempFolder()
    const none = await run(['send', 'email', ...MAIL], { cwd: folder.path })
    const gone = await run(['send', 'email', ...MAIL, '-c', 'gone.mjs', '--json'], { cwd: folder.path })

    expect(none).toMatchObject({ code: 2 })
    expect(none.stderr).toContain('notiwire init')
    expect(JSON.parse(gone.stderr)).toEqual({
      error: { code: 'USAGE', message: 'the configuration gone.mjs is not there' },
    })
  })
})
