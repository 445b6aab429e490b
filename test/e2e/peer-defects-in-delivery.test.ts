/** What other notification SDKs get wrong when a provider misbehaves, each checked here through real drivers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFakeSmtp } from '../../src/channels/email/fake.ts'
import { smtp } from '../../src/channels/email/index.ts'
import { startFakeAliyun } from '../../src/channels/sms/fake.ts'
import { aliyun } from '../../src/channels/sms/index.ts'
import { createNotify, failover } from '../../src/index.ts'

const NO_SUCH_USER = { command: 'RCPT', reply: '550 5.1.1 No such user' } as const
const REJECTED = { status: 'failed', error: { code: 'RECIPIENT_REJECTED' } } as const
const SMS = { to: '13800138000', template: 'SMS_154950909', params: { code: '123456' } }

const mailTo = (to: string) => ({ to, subject: 'Receipt', text: 'Paid.' })

async function setUp() {
  const [first, second, text] = await Promise.all([startFakeSmtp(), startFakeSmtp(), startFakeAliyun()])
  const mailer = ({ port }: { port: number }) => smtp({ host: '127.0.0.1', port, from: 'shop@example.com' })
  const sms = aliyun({ ...text.credentials, endpoint: text.endpoint, signName: '阿里云短信测试' })
  const channels = { email: failover(mailer(first), mailer(second)), sms }
  const notify = createNotify({ channels, retry: { baseDelayMs: 1 } })
  const close = async () => {
    await notify.close()
    await Promise.all([first.close(), second.close(), text.close()])
  }
  return { first, second, text, channels, notify, close }
}

let bench: Awaited<ReturnType<typeof setUp>>

beforeEach(async () => {
  bench = await setUp()
})

afterEach(() => bench.close())

describe('bad recipients', () => {
  it('mark no provider dead, however many there are', async () => {
    const { first, second, notify } = bench
    for (let count = 0; count < 20; count += 1) {
      first.refuseNext(NO_SUCH_USER)
      expect(await notify.send('email', mailTo('nobody@example.com'))).toMatchObject(REJECTED)
    }

    const result = await notify.send('email', mailTo('ann@example.com'))

    expect(result).toMatchObject({ status: 'sent', attempts: [{}] })
    expect(notify.health().email).toMatchObject([{ state: 'closed' }, { state: 'closed' }])
    expect([first.accepted.length, second.accepted.length]).toEqual([1, 0])
  })

  it('are not asked of another provider, and are tried once', async () => {
    bench.first.refuseNext(NO_SUCH_USER)

    const result = await bench.notify.send('email', mailTo('nobody@example.com'))

    expect(result).toMatchObject({ ...REJECTED, attempts: [{ error: { reason: 'invalid' } }] })
    expect(bench.second.connections).toBe(0)
  })
})

describe('an idempotency key', () => {
  it('is free again after a failure that was certainly not sent', async () => {
    bench.first.refuseNext(NO_SUCH_USER)
    const send = () => bench.notify.send('email', mailTo('ann@example.com'), { idempotencyKey: 'order-1' })
    expect(await send()).toMatchObject({ status: 'failed', error: { delivery: 'not_sent' } })

    const result = await send()

    expect(result).toMatchObject({ status: 'sent' })
    expect(result.duplicate).toBeUndefined()
  })
})

describe('a retry', () => {
  it('repeats only the message that failed', async () => {
    const { text, notify } = bench
    const numbers = ['13800138000', '13800138001', '13800138002', '13800138003']
    void text.failNext('unreachable')
    const source = numbers.map((to) => ({ ...SMS, to }))

    const outcomes: unknown[] = []
    for await (const { status, attempts } of notify.sendMany('sms', source, { concurrency: 1 })) {
      outcomes.push([status, attempts.length])
    }

    expect(outcomes).toEqual([
      ['sent', 2],
      ['sent', 1],
      ['sent', 1],
      ['sent', 1],
    ])
    expect(text.accepted.map(({ phoneNumber }) => phoneNumber).sort()).toEqual(numbers)
  })

  it('repeats nothing on a channel that had accepted', async () => {
    const { first, text, notify } = bench
    text.refuseNext('Throttling.User')

    const results = await Promise.all([
      notify.send('email', mailTo('ann@example.com')),
      notify.send('sms', SMS),
    ])

    expect(results.map(({ attempts }) => attempts.length)).toEqual([1, 2])
    expect([first.accepted.length, text.accepted.length]).toEqual([1, 1])
  })
})

describe('one channel’s failure', () => {
  it('does not touch another’s, though its circuit is open', async () => {
    const { first, second, notify, text } = bench
    await Promise.all([first.close(), second.close()])
    for (let count = 0; count < 10; count += 1) await notify.send('email', mailTo('ann@example.com'))
    expect(notify.health().email).toMatchObject([{ state: 'open' }, { state: 'open' }])

    const result = await notify.send('sms', SMS)

    expect(result).toMatchObject({ status: 'sent', attempts: [{}] })
    expect(notify.health().sms).toMatchObject([{ state: 'closed' }])
    expect(text.accepted).toHaveLength(1)
  })
})
