/** Every row of the error table, met where it can be met: in the reply of a real server. */
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../../src/channels/email/errors.ts'
import { explain } from '../../../src/channels/email/explain.ts'
import { localError, SmtpFailure, type Phase } from '../../../src/channels/email/failure.ts'
import type { FakeCommand } from '../../../src/channels/email/fake.ts'
import type { ErrorRow } from '../../../src/core/error-table.ts'
import { FAILURES } from '../../../src/core/failures.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { startBench, TO } from './bench.ts'
import { selfSigned } from './certificate.ts'

const PASS = 'correct horse battery staple'
const SECRETS = [TO, PASS]
const rows = Object.entries<ErrorRow>(ERRORS)
const isEngineCode = ([key]: readonly [string, unknown]) => /^E|CERT|ISSUER|LEAF/.test(key)

/** What servers say where the words count. */
const SAID: Readonly<Record<string, string>> = {
  greylist: '451 4.7.1 Greylisted',
  'too many': '421 Too many connections',
  'mail rate': '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more',
  'relay limit': '450 4.2.1 Peak SMTP relay limit exceeded for customer',
  relay: '554 5.7.1 Relay access denied',
  blocked: '554 5.7.1 Service unavailable; Client host [203.0.113.1] blocked using a list',
  'no such user': '550 No such user here',
}

/** A reply that the row, and no more exact one, is for. */
function replyFor(key: string): { command: FakeCommand; reply: string } {
  const [, verb, code = ''] = /^(?:([A-Z]+) )?(.+)$/.exec(key) ?? []
  const command = (verb ?? 'RCPT') as FakeCommand
  const said = SAID[code]
  if (said !== undefined) {
    const isOfSession = verb === undefined && ['greylist', 'too many'].includes(code)
    return { command: isOfSession ? 'GREETING' : command, reply: `${said} (${TO})` }
  }
  if (/^\dxx$/.test(code))
    return { command, reply: `${code[0]}${code === '5xx' ? '54' : '51'} No, not ${TO}` }
  if (/^\d{3}$/.test(code)) return { command, reply: `${code} No, not ${TO}` }
  const basic = code.startsWith('4') ? '450' : '554'
  return { command, reply: `${basic} ${code.replace('x', '99')} No, not ${TO}` }
}

describe.concurrent('a reply of the server', () => {
  it.each(rows.filter((row) => !isEngineCode(row)))('%s is told as its row says', async (key, row) => {
    const isTls = key.startsWith('STARTTLS')
    await using bench = await startBench({
      fake: { users: { shop: PASS }, ...(isTls && { tls: selfSigned() }) },
      config: { auth: { user: 'shop', pass: PASS }, ...(isTls && { requireTLS: true }) },
    })
    const { command, reply } = replyFor(key)
    bench.fake.refuseNext({ command: command === 'DATA' ? 'MESSAGE' : command, reply })

    const error = await bench.fail()

    expect(error).toMatchObject({ code: row.code, delivery: 'not_sent' })
    expect(error.reason).toBe(row.reason)
    expect(error.scope).toBe(row.scope ?? FAILURES[row.code].scope)
    expect(error.retryAfterMs).toBe(row.retryAfterMs)
    expect(error.provider?.status).toBe(Number(reply.slice(0, 3)))
    expect(error.provider?.code).toBe(/^\d{3}( \d\.\d+\.\d+)?/.exec(reply)?.[0])
    expect(bench.fake.accepted).toHaveLength(0)
    expect(findSecrets(error, SECRETS)).toEqual([])
  })
})

describe('what no row explains', () => {
  it.each([
    ['RCPT', '554 5.9.9 Something new', 'DRIVER_FAILED'],
    ['RCPT', '550 5.1.77 A status of tomorrow', 'DRIVER_FAILED'],
    ['RCPT', '554 No', 'DRIVER_FAILED'],
    ['MAIL', '501 Bad sender syntax', 'DRIVER_FAILED'],
    ['RCPT', '450 4.1.1 Not known here for now', 'UNAVAILABLE'],
    ['RCPT', '450 4.1.2 Domain not found', 'UNAVAILABLE'],
    ['RCPT', '450 4.2.1 Mailbox busy', 'UNAVAILABLE'],
    ['RCPT', '450-4.3.2 System\r\n450 4.3.2 busy', 'UNAVAILABLE'],
    ['EHLO', '421 4.3.0 Not now', 'UNAVAILABLE'],
    ['DATA', '451 4.3.0 Try again', 'UNAVAILABLE'],
    ['DATA', '554 No valid recipients', 'CONTENT_REJECTED'],
  ] as const)('%s answered by "%s" is %s and not sent', async (command, reply, code) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command, reply })

    const error = await bench.fail()

    expect(error).toMatchObject({
      code,
      delivery: 'not_sent',
      provider: { status: Number(reply.slice(0, 3)) },
    })
  })

  it.each([
    ['GREETING', 'not_sent'],
    ['MAIL', 'not_sent'],
    ['RCPT', 'not_sent'],
    ['DATA', 'not_sent'],
  ] as const)('an answer to %s that is not SMTP is DRIVER_FAILED and %s', async (command, delivery) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command, reply: command === 'GREETING' ? '299 ?' : '<html>Bad Gateway</html>' })

    expect(await bench.fail()).toMatchObject({ code: 'DRIVER_FAILED', delivery })
  })
})

describe('a code of the engine', () => {
  it.each(rows.filter(isEngineCode))(
    '%s is told as its row says, by how far the message had come',
    (code, row) => {
      const told = (phase: Phase) => explain(new SmtpFailure(phase, engineError(code)), String)

      expect(told('connect')).toMatchObject({ code: row.code, delivery: 'not_sent', provider: { code } })
      expect(told('envelope').delivery).toBe('not_sent')
      expect(told('data').delivery).toBe('not_sent')
      expect(told('dot').delivery).toBe('unknown')
    },
  )

  it('that is not in the table is DRIVER_FAILED', () => {
    expect(explain(new SmtpFailure('dot', localError('ENEW', 'New')), String)).toMatchObject({
      code: 'DRIVER_FAILED',
      delivery: 'unknown',
    })
    expect(explain(new TypeError('x is not a function'), String)).toMatchObject({
      code: 'DRIVER_FAILED',
      delivery: 'not_sent',
    })
  })
})

/** As nodemailer throws it: two codes are about our message only with the command they were made for. */
function engineError(code: string): Error {
  const command = { EMESSAGE: 'MAIL FROM', EENVELOPE: 'API' }[code]
  const [library = code] = code.split(' ')
  const isOriginal =
    !code.startsWith('E') || code.includes(' ') || code === 'ENOTFOUND' || code.startsWith('ERR_')
  return Object.assign(localError(isOriginal ? 'ESOCKET' : library, 'It failed'), {
    command,
    ...(isOriginal && { originalCode: code }),
  })
}
