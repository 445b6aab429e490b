import { describe, expect, it } from 'vitest'
import { startFakeSmtp, type FakeSmtp } from '../../src/channels/email/fake.ts'
import { run, tempFolder } from './support.ts'

const MAIL = ['--to', 'ann@example.com', '--subject', 'Receipt', '--text', 'Paid.']
const envOf = ({ port }: FakeSmtp) => ({ NOTIWIRE_EMAIL: `smtp://127.0.0.1:${port}?from=shop@example.com` })

describe('sending one message', () => {
  it('takes it as JSON, from a file, and from flags that win', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const message = JSON.stringify({ to: 'ann@example.com', subject: 'Receipt', text: 'Paid.' })
    folder.write('message.json', message)
    const options = { env: envOf(smtp), cwd: folder.path }

    const one = await run(['send', 'email', '--json', message], options)
    const two = await run(
      ['send', 'email', '@message.json', '--to', 'bob@example.com', '--to', 'eve@example.com'],
      options,
    )

    expect(one).toMatchObject({ code: 0, stderr: '' })
    expect(one.json).toMatchObject([{ channel: 'email', provider: 'smtp', status: 'sent', attempts: 1 }])
    expect(two.code).toBe(0)
    expect(smtp.accepted.map(({ to }) => to)).toEqual([
      ['ann@example.com'],
      ['bob@example.com', 'eve@example.com'],
    ])
  })

  it('exits with 1 where it failed, and says whether it went out', async () => {
    await using smtp = await startFakeSmtp({ mailboxes: ['bob@example.com'] })

    const text = await run(['send', 'email', ...MAIL], { env: envOf(smtp) })
    const json = await run(['send', 'email', ...MAIL, '--json', '--verbose'], { env: envOf(smtp) })

    expect(text).toMatchObject({ code: 1, stderr: '' })
    expect(text.stdout).toMatch(/^failed: email by smtp, RECIPIENT_REJECTED: .*\n {2}it did not go out\n$/)
    expect(json.json).toMatchObject([{ status: 'failed', code: 'RECIPIENT_REJECTED', delivery: 'not_sent' }])
    expect(json.stdout).not.toContain('ann@example.com')
  })

  it('exits with 1 and names every wrong field of a wrong message', async () => {
    await using smtp = await startFakeSmtp()

    const ran = await run(['send', 'email', '--to', 'nobody', '--json'], { env: envOf(smtp) })

    expect(ran.code).toBe(1)
    expect(ran.json).toMatchObject([
      { code: 'INVALID_MESSAGE', error: { issues: [{ path: 'to' }, { path: 'subject' }] } },
    ])
  })

  it('exits with 3 where a rule kept it back', async () => {
    using folder = tempFolder()
    folder.write(
      'notiwire.config.json',
      '{ "channels": { "email": "smtp://127.0.0.1:1?from=a@example.com" }, "guard": { "allow": [] } }',
    )

    const ran = await run(['send', 'email', ...MAIL], { cwd: folder.path })

    expect(ran).toMatchObject({ code: 3, stdout: 'skipped: email by smtp, by the rule "guard"\n' })
  })

  it('sends nothing in a dry run, and says how large it would be', async () => {
    const env = { NOTIWIRE_EMAIL: 'smtp://127.0.0.1:1?from=shop@example.com' }

    const right = await run(['send', 'email', ...MAIL, '--dry-run', '--json'], { env })
    const wrong = await run(['send', 'email', '--to', 'x', '--dry-run'], { env })

    expect(right).toMatchObject({ code: 0 })
    expect(right.json).toMatchObject([{ status: 'valid', bytes: expect.any(Number) as number }])
    expect(wrong.code).toBe(1)
  })

  it.each([
    [[]],
    [['bogus']],
    [['send']],
    [['send', 'email']],
    [['send', 'email', 'no json']],
    [['send', 'email', '[]']],
    [['send', 'email', '@gone.json']],
    [['send', 'email', '--set', 'nothing']],
    [['send', 'email', '--set', '__proto__.polluted=1']],
    [['send', 'email', '--set', 'a.constructor.prototype=1']],
    [['send', 'email', '--set', 'count:=x']],
    [['send', 'email', '{}', '--file', 'x.csv']],
    [['send', 'email', ...MAIL, '--out', 'x.ndjson']],
    [['send', 'email', '--file', 'gone.ndjson']],
    [['send', 'email', '--file', 'x', '--concurrency', '0']],
    [['send', 'email', '--file', 'x', '--format', 'xml']],
    [['send', 'sms', ...MAIL]],
    [['send', 'email', ...MAIL, '--env-file', 'gone.env']],
  ])('exits with 2 for %j, in one JSON object where that is asked for', async (args) => {
    const env = { NOTIWIRE_EMAIL: 'smtp://127.0.0.1:1?from=shop@example.com' }

    const text = await run(args, { env })
    const json = await run([...args, '--json'], { env })

    expect([text.code, json.code]).toEqual([2, 2])
    expect(text.stderr).toMatch(/^error: .+\n$/)
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    })
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('shows its help, and exits with 0', async () => {
    const ran = await run(['send', '--help'])

    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('--idempotency-key')
  })
})
