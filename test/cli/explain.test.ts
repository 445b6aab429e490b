import { describe, expect, it } from 'vitest'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { run, tempFolder } from './support.ts'

const MAIL = ['--to', 'ann@example.com', '--subject', 'Receipt', '--text', 'Paid.']
const env = {
  NOTIWIRE_EMAIL: 'smtp://127.0.0.1:1?from=shop@example.com',
  NOTIWIRE_SMS: `aliyun://LTAI:secret@default?sign=${encodeURIComponent('示例')}`,
  NOTIWIRE_PUSH: 'centrifugos://:key@push.example.com && centrifugos://:key@other.example.com',
}
const config = (rest: object) =>
  JSON.stringify({ channels: { email: 'smtp://127.0.0.1:1?from=shop@example.com' }, ...rest })

describe('explaining', () => {
  it('tells every stage of a message, recipients masked, and sends nothing', async () => {
    await using smtp = await startFakeSmtp()
    const dsn = `smtp://127.0.0.1:${smtp.port}?from=shop@example.com`

    const ran = await run(['explain', 'email', ...MAIL], { env: { NOTIWIRE_EMAIL: dsn } })

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    for (const part of [
      'a***@example.com',
      '60000 ms in all',
      '3 tries',
      '5 failures of 10',
      'would be sent',
    ])
      expect(ran.stdout).toContain(part)
    expect(ran.stdout).toMatch(/1\. +smtp, \d+ bytes on the wire/)
    expect(ran.stdout).not.toContain('ann@')
    expect(smtp.commands).toEqual([])
  })

  it('names everything that is wrong, as a send would', async () => {
    const ran = await run(['explain', 'email', '{"to":"x","extra":1}', '--json'], { env })

    expect(ran.code).toBe(1)
    expect(ran.json).toMatchObject([{ outcome: 'fail', validation: { isValid: false } }])
    expect(JSON.stringify(ran.json)).toContain('extra')
  })

  it.each([
    [{ allow: ['*@example.com'] }, { outcome: 'pass' }, 0],
    [{ allow: [] }, { outcome: 'skip' }, 3],
    [{ allow: [], otherwise: 'refuse' }, { outcome: 'refuse' }, 1],
    [
      { redirectTo: { email: 'dev@example.org' } },
      { outcome: 'redirect', redirectTo: 'd***@example.org' },
      0,
    ],
  ])('tells what the guard %j does', async (guard, told, code) => {
    using folder = tempFolder()
    folder.write('notiwire.config.json', config({ guard }))

    const ran = await run(['explain', 'email', ...MAIL, '--json'], { cwd: folder.path })
    const text = await run(['explain', 'email', ...MAIL], { cwd: folder.path })

    expect(ran).toMatchObject({ code, json: [{ guard: told }] })
    expect(text.code).toBe(code)
  })

  it('tells policies without a message: limits, retries off, providers in order and what they promise', async () => {
    using folder = tempFolder()
    const limits = { providers: { smtp: { account: { limit: 10, perMs: 1000 }, recipient: [] } } }
    folder.write('notiwire.config.json', config({ limits, retry: false, breaker: false, idempotency: false }))

    const email = await run(['explain', 'email'], { cwd: folder.path })
    const push = await run(['explain', 'push', '--json'], { cwd: folder.path, env })
    const sms = await run(['explain', 'sms', '--json'], { cwd: folder.path, env })

    expect(email.code).toBe(0)
    for (const part of ['at most 10 in 1000 ms', '1 tries', 'not kept', 'none'])
      expect(email.stdout).toContain(part)
    expect(push.json).toMatchObject([
      {
        strategy: 'roundRobin(centrifugo, centrifugo)',
        providers: [{ deduplicates: true }, {}],
        breaker: false,
      },
    ])
    expect(sms.json).toMatchObject([{ providers: [{ canBeAsked: true, durableOnUnknown: 'hold' }] }])
    expect(sms.stdout).not.toContain('secret')
  })
})

describe('a preview', () => {
  it('of an e-mail is its .eml, on stdout or in a file', async () => {
    using folder = tempFolder()

    const shown = await run(['preview', 'email', ...MAIL], { env })
    const kept = await run(['preview', 'email', ...MAIL, '--out', 'mail.eml'], { env, cwd: folder.path })
    const json = await run(['preview', 'email', ...MAIL, '--json'], { env })

    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/^From: shop@example.com\r\nTo: ann@example.com\r\nSubject: Receipt\r\n/m)
    expect(kept).toMatchObject({ code: 0, stdout: '' })
    expect(folder.read('mail.eml')).toMatch(/Subject: Receipt/)
    expect(json.json).toMatchObject([{ provider: 'smtp', wire: { envelope: { to: ['ann@example.com'] } } }])
  })

  it('of another channel is JSON, and one of several providers can be chosen', async () => {
    const message = ['--to', '13800138000', '--template', 'SMS_154950909', '--param', 'code=1234']
    const sms = await run(['preview', 'sms', ...message], { env })
    const push = ['preview', 'push', '--set', 'to.user=7', '--set', 'title=Hi']
    const second = await run([...push, '--provider', 'centrifugo', '--json'], { env })
    const none = await run([...push, '--provider', 'apns'], { env })

    expect(JSON.parse(sms.stdout)).toMatchObject({ params: { TemplateCode: 'SMS_154950909' } })
    expect(sms.stdout).not.toContain('secret')
    expect(second.json).toMatchObject([{ provider: 'centrifugo' }])
    expect(none).toMatchObject({ code: 2 })
    expect(none.stderr).toContain('there are centrifugo, centrifugo')
  })

  it('of a wrong message exits with 1, of none with 2', async () => {
    const wrong = await run(['preview', 'email', '--to', 'x'], { env })
    const none = await run(['preview', 'email', '--json'], { env })

    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toContain('INVALID_MESSAGE')
    expect(none).toMatchObject({ code: 2, stdout: '' })
  })
})
