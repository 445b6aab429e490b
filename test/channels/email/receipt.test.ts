/** What a receipt says: each recipient's fate, under masked addresses, and ids that stay the same at every try. */
import { simpleParser } from 'mailparser'
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { headerOf, lastRaw, startBench } from './bench.ts'

const ADA = 'ada.lovelace@example.org'
const BOB = 'bob.builder@example.net'
const EVE = 'eve.nobody@example.net'

describe('recipients', () => {
  it('are told one by one, in masked form, by field and position', async () => {
    await using bench = await startBench()

    const receipt = await bench.receipt({ to: [{ name: 'Ada', address: ADA }], cc: BOB, bcc: [EVE] })

    expect(receipt.recipients).toEqual([
      { field: 'to', index: 0, address: 'a***@example.org', status: 'accepted' },
      { field: 'cc', index: 0, address: 'b***@example.net', status: 'accepted' },
      { field: 'bcc', index: 0, address: 'e***@example.net', status: 'accepted' },
    ])
    expect(receipt.response).toMatch(/^250 2\.0\.0 Ok: queued as /)
    expect(findSecrets(receipt, [ADA, BOB, EVE])).toEqual([])
  })

  it.each([true, false])(
    'some of whom are refused are listed with the reason; it is sent to the others (pipelining %s)',
    async (pipelining) => {
      await using bench = await startBench({ fake: { mailboxes: [ADA], pipelining } })

      const result = await bench.send({ to: [EVE, ADA, BOB] })

      expect(result.status === 'sent' && result.receipt.recipients).toMatchObject([
        {
          index: 0,
          status: 'rejected',
          code: 'RECIPIENT_REJECTED',
          retryable: false,
          provider: { code: '550 5.1.1', status: 550 },
        },
        { index: 1, status: 'accepted' },
        { index: 2, status: 'rejected' },
      ])
      expect(bench.fake.accepted[0]?.to).toEqual([ADA])
      expect(findSecrets(result, [ADA, BOB, EVE])).toEqual([])
    },
  )

  it('all of whom are refused make it a failure, not a success without recipients', async () => {
    await using bench = await startBench({ fake: { mailboxes: [] } })

    const error = await bench.fail({ to: [EVE, BOB] })

    expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'invalid', delivery: 'not_sent' })
    expect(error.message).toContain('all 2 recipients (550 5.1.1)')
    expect(findSecrets(error, [BOB, EVE])).toEqual([])
  })

  it.each([true, false])(
    'all of whom are refused, one for now, may be tried again (pipelining %s)',
    async (pipelining) => {
      await using bench = await startBench({ fake: { pipelining } })
      bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })
      bench.fake.refuseNext({ command: 'RCPT', reply: '451 4.3.0 Try again' })
      bench.fake.refuseNext({ command: 'RCPT', reply: '550 5.1.1 No such user' })

      const error = await bench.fail({ to: [EVE, BOB, ADA] })

      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        delivery: 'not_sent',
        provider: { code: '451 4.3.0' },
      })
      expect(error.retryable).toBe(true)
    },
  )

  it('named twice are told in both places and named once to the server', async () => {
    await using bench = await startBench()

    const { recipients } = await bench.receipt({ to: ADA, cc: ADA })

    expect(recipients.map(({ field, status }) => `${field} ${status}`)).toEqual([
      'to accepted',
      'cc accepted',
    ])
    expect(bench.fake.commands.filter((verb) => verb === 'RCPT')).toHaveLength(1)
  })

  it('more than maxRecipients are refused before anything is sent', async () => {
    await using bench = await startBench({ config: { maxRecipients: 2 } })

    const error = await bench.fail({ to: [ADA, BOB], bcc: EVE })

    expect(error).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(error.message).toContain('at most 2 recipients')
    expect(bench.fake.connectionsMade).toBe(0)
  })

  it('more than the server takes are refused by it one by one', async () => {
    await using bench = await startBench({ fake: { maxRecipients: 1 } })

    const { recipients } = await bench.receipt({ to: [ADA, BOB] })

    expect(recipients[1]).toMatchObject({ status: 'rejected', code: 'RATE_LIMITED', retryable: true })
  })
})

describe('the Message-ID', () => {
  it('follows from the idempotency key and the recipients, in the sender’s domain', async () => {
    await using bench = await startBench()

    const first = await bench.receipt({}, { idempotencyKey: 'order-42' })
    const again = await bench.receipt({ subject: 'Changed' }, { idempotencyKey: 'order-42' })
    const other = await bench.receipt({}, { idempotencyKey: 'order-43' })
    const someone = await bench.receipt({ to: BOB }, { idempotencyKey: 'order-42' })

    expect(first.messageId).toMatch(/^<[a-z2-7]{32}@example\.com>$/)
    expect(again.messageId).toBe(first.messageId)
    expect(new Set([first.messageId, other.messageId, someone.messageId]).size).toBe(3)
    expect(first.providerId).toBe(first.messageId)
  })

  it('is the header that was sent, and the envelope id of bounces', async () => {
    await using bench = await startBench()

    const result = await bench.send({ from: 'Billing@mail.example.com' })

    const { messageId = '' } = result.status === 'sent' ? result.receipt : {}
    expect(headerOf(lastRaw(bench.fake), 'Message-ID')).toBe(messageId)
    expect(headerOf(lastRaw(bench.fake), 'X-Notify-Id')).toBe(result.id)
    expect(messageId).toBe(`<${bench.fake.accepted[0]?.envelopeId}@mail.example.com>`)
    expect(bench.fake.accepted[0]?.from).toBe('Billing@mail.example.com')
  })

  it('follows from the delivery where there is no key: two sends differ', async () => {
    await using bench = await startBench()

    const [one, two] = [await bench.receipt(), await bench.receipt()]

    expect(one.messageId).not.toBe(two.messageId)
  })

  it('is replaced in providerId where the server names its own', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext({
      command: 'MESSAGE',
      reply: '250 2.0.0 OK <abc@x1.prod.outlook.com> [Hostname=x1]',
    })

    const receipt = await bench.receipt()

    expect(receipt.providerId).toBe('<abc@x1.prod.outlook.com>')
    expect(receipt.messageId).toMatch(/@example\.com>$/)
  })
})

describe('size', () => {
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(60_000, 1) }]

  it('over maxBytes is PAYLOAD_TOO_LARGE before anything is sent', async () => {
    await using bench = await startBench({ config: { maxBytes: 70_000 } })

    expect(await bench.fail({ attachments })).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      delivery: 'not_sent',
    })
    expect(bench.fake.connectionsMade).toBe(0)
  })

  it('over maxBytes stops the reading of an endless stream', async () => {
    await using bench = await startBench({ config: { maxBytes: 70_000 } })
    let read = 0
    // eslint-disable-next-line @typescript-eslint/require-await
    async function* endless() {
      for (;;) yield Buffer.alloc((read += 10_000) && 10_000)
    }

    expect(await bench.fail({ attachments: [{ filename: 'a', content: endless() }] })).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    })
    expect(read).toBe(80_000)
  })

  it('over the server’s SIZE is PAYLOAD_TOO_LARGE before the envelope, and the connection is kept', async () => {
    await using bench = await startBench({
      fake: { maxBytes: 20_000 },
      config: { pool: { maxConnections: 1 } },
    })

    expect(await bench.fail({ attachments })).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      delivery: 'not_sent',
    })
    expect(bench.fake.commands).not.toContain('MAIL')
    await bench.receipt()

    expect(bench.fake.connectionsMade).toBe(1)
  })

  it('of 8 MB goes through', async () => {
    await using bench = await startBench()
    const content = Buffer.alloc(6_000_000, 'x')

    await bench.receipt({ attachments: [{ filename: 'a.bin', content }] })

    const mail = await simpleParser(bench.fake.accepted[0]?.raw ?? '')
    expect(mail.attachments[0]?.content.equals(content)).toBe(true)
  })
})

describe('what a server does not offer', () => {
  it('SMTPUTF8: an address that needs it is refused', async () => {
    await using bench = await startBench({ fake: { smtpUtf8: false } })

    expect(await bench.fail({ to: '用户@example.org' })).toMatchObject({
      code: 'RECIPIENT_REJECTED',
      reason: 'refused',
      delivery: 'not_sent',
    })
    expect(bench.fake.commands).not.toContain('MAIL')
  })

  it('SMTPUTF8: replyTo needs it too', async () => {
    await using bench = await startBench({ fake: { smtpUtf8: false } })

    expect(await bench.fail({ replyTo: '用户@example.org' })).toMatchObject({
      provider: { code: 'ESMTPUTF8' },
    })
  })

  it('SMTPUTF8: where it does, the address is taken', async () => {
    await using bench = await startBench()

    await bench.receipt({ to: '用户@example.org' })

    expect(bench.fake.accepted[0]?.to).toEqual(['用户@example.org'])
  })

  it('REQUIRETLS: a message that demands it is refused', async () => {
    await using bench = await startBench()

    expect(await bench.fail({ requireTLS: true })).toMatchObject({
      code: 'INVALID_MESSAGE',
      delivery: 'not_sent',
      provider: { code: 'EREQUIRETLS' },
    })
  })
})

describe('a sender', () => {
  it('that the server does not let us use is UNAUTHORIZED', async () => {
    await using bench = await startBench({ fake: { senders: ['other@example.com'] } })

    expect(await bench.fail()).toMatchObject({ code: 'UNAUTHORIZED', provider: { code: '550 5.7.1' } })
  })

  it('is required, in the message or the configuration', async () => {
    await using bench = await startBench({ config: { from: undefined } })

    expect(await bench.fail()).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'from' }] })
    await bench.receipt({ from: { name: 'Shop', address: 'shop@example.com' } })
  })
})
