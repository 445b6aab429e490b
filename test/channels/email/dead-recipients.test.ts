/** Which refusals call an address dead, and how the dead among several recipients are told. */
import { describe, expect, it } from 'vitest'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { startBench, TO } from './bench.ts'

const ADA = 'ada.lovelace@example.org'
const BOB = 'bob.builder@example.net'
const EVE = 'eve.nobody@example.net'

type Bench = Awaited<ReturnType<typeof startBench>>

/** Sends by the driver itself, and returns whom it reported. */
async function reported({ driver, ...bench }: Bench, recipients: object) {
  void bench
  const attempt = new Attempt({ id: 'delivery-1' })
  const message = driver.parse({ subject: 'Your parcel', text: 'It arrives tomorrow.', ...recipients })
  const outcome = await driver.send(message, attempt).then(
    () => 'sent',
    (error: NotifyError) => error.code,
  )
  return { outcome, dead: attempt.dead }
}

describe('of a single recipient', () => {
  it.each([
    '550 5.1.1 No such user',
    '553 5.1.2 We were not able to find the recipient domain',
    '550 5.1.3 Bad address syntax',
    '551 5.1.6 Moved, no forwarding address',
    '556 5.1.10 The domain has a null MX',
    '556 The domain takes no mail',
    '550 5.2.1 The account is disabled',
    '550 No such user here',
    '550 User unknown',
    '550 5.0.0 Unknown user',
    '550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in relay recipient table',
  ])('"%s" to RCPT means that the address is dead', async (reply) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply })

    expect(await bench.fail()).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'invalid' })
  })

  it.each([
    ['RCPT', '550 Administrative prohibition'],
    ['RCPT', '550 relay not permitted'],
    ['RCPT', '550 <no such user@example.org>: Policy'],
    ['RCPT', '551 User not local; please try elsewhere'],
    ['RCPT', '553 sorry, that domain is not in my list of allowed rcpthosts'],
    ['RCPT', '554 5.7.1 Relay access denied'],
    ['RCPT', '550 5.7.1 Looks like spam'],
    ['RCPT', '550 5.7.1 User unknown to you'],
    ['RCPT', '550 5.4.1 Recipient address rejected: Access denied'],
    ['RCPT', '550 5.5.0 Requested action not taken: mailbox unavailable'],
    ['RCPT', '524 5.2.4 Mailing list expansion problem'],
    ['RCPT', '552 5.2.2 Over quota'],
    ['RCPT', '550 5.2.1 The user you are trying to contact is receiving mail at a rate that is too high'],
    ['RCPT', '450 4.1.1 Unknown for now'],
    ['RCPT', '554 No'],
    ['MAIL', '550 5.1.1 Unknown sender'],
    ['MAIL', '553 5.1.2 The sender’s domain is unknown'],
    ['MAIL', '550 5.2.1 The sender’s account is disabled'],
    ['DATA', '550 5.7.1 Spam'],
  ] as const)('%s answered by "%s" calls no address dead', async (command, reply) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command, reply })

    const { reason } = await bench.fail()

    expect(reason).not.toBe('invalid')
    expect(reason).not.toBe('unsubscribed')
  })

  it('nobody is reported besides: the error says it', async () => {
    await using bench = await startBench({ fake: { mailboxes: [] } })

    expect(await reported(bench, { to: TO, cc: TO })).toEqual({ outcome: 'RECIPIENT_REJECTED', dead: [] })
  })
})

describe.each([true, false])('of several recipients (pipelining %s)', (pipelining) => {
  it('the dead are reported where the others got the message', async () => {
    await using bench = await startBench({ fake: { mailboxes: [ADA], pipelining } })

    expect(await reported(bench, { to: [ADA, 'Bob.Builder@EXAMPLE.net'], bcc: EVE })).toEqual({
      outcome: 'sent',
      dead: [
        { address: 'Bob.Builder@example.net', reason: 'invalid' },
        { address: EVE, reason: 'invalid' },
      ],
    })
  })

  it('the dead are reported where nobody got it, and nobody else is', async () => {
    await using bench = await startBench({ fake: { pipelining } })
    bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
    bench.fake.refuseNext({ command: 'RCPT', reply: '452 4.2.2 Mailbox full' })
    bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.7.1 Not from you' })

    expect(await reported(bench, { to: [ADA, BOB], cc: EVE })).toEqual({
      outcome: 'UNAVAILABLE',
      dead: [{ address: ADA, reason: 'invalid' }],
    })
  })

  it('nobody is reported where the message itself is refused', async () => {
    await using bench = await startBench({ fake: { pipelining } })
    bench.fake.refuseNext({ command: 'MESSAGE', reply: '550 5.1.1 Refused by one of them' })

    expect((await reported(bench, { to: [ADA, BOB] })).dead).toEqual([])
  })
})

describe('what concerns one recipient', () => {
  it.each([
    '452 4.2.2 Mailbox full',
    '552 5.2.2 Over quota',
    '552 Over quota',
    '450 4.2.0 Recipient address rejected: Greylisted, see https://postgrey.example',
    '451 4.7.0 Greylisting in action, come back later',
    '451 4.7.1 Greylisted',
    '451 Greylisted',
    '451 4.7.1 Try again later',
    '450 4.2.1 The user you are trying to contact is receiving mail too quickly',
    '450 4.1.2 Domain not found',
    '450 Mailbox busy',
    '550 5.7.133 Only members may write to this list',
    '554 5.9.9 In words of tomorrow',
  ])('is not counted against the server: "%s"', async (reply) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply })

    expect(await bench.fail()).toMatchObject({ scope: 'recipient', delivery: 'not_sent' })
  })

  it.each([
    ['RCPT', '451 4.3.0 Temporary lookup failure', 'provider'],
    ['RCPT', '421 4.7.0 Too many messages from you', 'quota'],
    ['RCPT', '451 4.7.1 Too many connections from your network', 'quota'],
    ['RCPT', '450 4.2.1 Peak SMTP relay limit exceeded for customer', 'quota'],
    ['RCPT', '450 4.1.8 Sender address rejected: Domain not found', 'provider'],
    ['RCPT', '554 5.7.1 Relay access denied', 'credentials'],
    ['RCPT', '554 5.7.1 Client host [203.0.113.1] blocked using a list', 'credentials'],
    ['RCPT', '550 5.7.26 Unauthenticated mail', 'credentials'],
    ['RCPT', '451 4.3.2 <greylisted@example.org>: the queue is full', 'provider'],
    ['GREETING', '421 4.7.1 Greylisted', 'quota'],
  ] as const)('is told apart from what concerns us: %s answered by "%s"', async (command, reply, scope) => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command, reply })

    expect((await bench.fail()).scope).toBe(scope)
  })

  it('does not speak for all where another refusal is about the server', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply: '452 4.2.2 Mailbox full' })
    bench.fake.refuseNext({ command: 'RCPT', reply: '451 4.3.0 Temporary lookup failure' })

    expect(await bench.fail({ to: [ADA, BOB] })).toMatchObject({
      scope: 'provider',
      provider: { code: '451 4.3.0' },
    })
  })

  it('leaves the scope with the recipients where all refusals are about them', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
    bench.fake.refuseNext({ command: 'RCPT', reply: '452 4.2.2 Mailbox full' })

    expect(await bench.fail({ to: [ADA, BOB] })).toMatchObject({ code: 'UNAVAILABLE', scope: 'recipient' })
  })
})
