import { describe, expect, it } from 'vitest'
import {
  createNotify,
  failover,
  NotifyError,
  roundRobin,
  weighted,
  type FailureCode,
  type NotifyErrorDetails,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TO = { to: 'someone' }

class Named extends MemoryNotifier {
  override readonly provider: 'memory'
  asked = 0
  failure: readonly [FailureCode, NotifyErrorDetails?] | undefined

  constructor(name: string, failure?: readonly [FailureCode, NotifyErrorDetails?]) {
    super((_, { id }) => {
      this.asked += 1
      if (!this.failure) return Promise.resolve({ providerId: `${name}-${id}`, at: 1 })
      return Promise.reject(new NotifyError(this.failure[0], `${name} says no`, this.failure[1]))
    })
    this.provider = name as 'memory'
    this.failure = failure
  }
}

const NOT_SENT = { delivery: 'not_sent' } as const

describe('failover', () => {
  it('goes to the next provider where the first was away, and says who carried it', async () => {
    const [first, second] = [new Named('first', ['UNAVAILABLE', NOT_SENT]), new Named('second')]
    const notify = createNotify({ channels: { sms: failover(first, second) } })

    const result = await notify.send('sms', TO)

    expect(result).toMatchObject({
      status: 'sent',
      provider: 'second',
      attempts: [{ provider: 'first', error: { code: 'UNAVAILABLE' } }, { provider: 'second' }],
    })
  })

  it.each<readonly [FailureCode, NotifyErrorDetails]>([
    ['RECIPIENT_REJECTED', {}],
    ['CONTENT_REJECTED', {}],
    ['UNAVAILABLE', { delivery: 'unknown' }],
    ['TIMED_OUT', { delivery: 'unknown' }],
    ['DRIVER_FAILED', {}],
  ])('never fires on %s (%o)', async (code, details) => {
    const [first, second] = [new Named('first', [code, details]), new Named('second')]
    const notify = createNotify({ channels: { sms: failover(first, second) } })

    const result = await notify.send('sms', TO)

    expect(result).toMatchObject({ status: 'failed', provider: 'first', error: { code } })
    expect(second.asked).toBe(0)
  })

  it('keeps the cause of every provider', async () => {
    const first = new Named('first', ['UNAUTHORIZED', {}])
    const second = new Named('second', ['QUOTA_EXHAUSTED', {}])
    const notify = createNotify({ channels: { sms: failover(first, second) } })

    const result = await notify.send('sms', TO)

    expect(result).toMatchObject({
      status: 'failed',
      error: {
        delivery: 'not_sent',
        cause: { errors: [{ code: 'UNAUTHORIZED' }, { code: 'QUOTA_EXHAUSTED' }] },
      },
    })
    expect(result.attempts).toHaveLength(2)
  })

  it('asks one provider all the same where every circuit is open', async () => {
    const first = new Named('first', ['UNAUTHORIZED', {}])
    const second = new Named('second', ['UNAUTHORIZED', { retryAfterMs: 1_000 }])
    const notify = createNotify({ channels: { sms: failover(first, second) }, clock: new FakeClock() })
    await notify.send('sms', TO)
    second.failure = undefined

    const result = await notify.send('sms', TO)

    expect(result).toMatchObject({ status: 'sent', provider: 'second' })
    expect(first.asked).toBe(1)
    expect(notify.health().sms).toMatchObject([{ state: 'open' }, { state: 'closed' }])
  })

  it('names what each provider finds wrong with a message, before any is asked', async () => {
    const [first, second] = [new Named('first'), new Named('second')]
    const notify = createNotify({ channels: { sms: failover(first, second) } })

    const result = await notify.send('sms', { to: '' })

    const paths = result.status === 'failed' && result.error.issues?.map(({ path }) => path)
    expect(paths).toEqual(['to', 'to'])
    expect(first.asked + second.asked).toBe(0)
  })

  it('is retried as a whole, through providers whose circuits are closed', async () => {
    const clock = new FakeClock()
    const first = new Named('first', ['UNAVAILABLE', NOT_SENT])
    const second = new Named('second', ['RATE_LIMITED', { retryAfterMs: 500 }])
    const notify = createNotify({ channels: { sms: failover(first, second) }, clock })

    const sending = notify.send('sms', TO)
    first.failure = undefined
    await clock.advance(0)
    first.failure = undefined
    await clock.advance(1_000)

    expect(await sending).toMatchObject({ status: 'sent' })
  })

  it('may be nested', async () => {
    const first = new Named('first', ['UNAVAILABLE', NOT_SENT])
    const last = new Named('last')
    const notify = createNotify({ channels: { sms: failover(failover(first, first), last) } })

    expect(await notify.send('sms', TO)).toMatchObject({ status: 'sent', provider: 'last' })
  })
})

it('round robin gives each provider its turn', async () => {
  const drivers = [new Named('a'), new Named('b'), new Named('c')] as const
  const notify = createNotify({ channels: { sms: roundRobin(...drivers) } })

  for (let index = 0; index < 6; index += 1) await notify.send('sms', TO)

  expect(drivers.map(({ asked }) => asked)).toEqual([2, 2, 2])
})

it('weighted shares messages by weight, and never starts with a weight of 0', async () => {
  const [heavy, light, spare] = [new Named('heavy'), new Named('light'), new Named('spare')]
  const sms = weighted(
    { driver: heavy, weight: 90 },
    { driver: light, weight: 10 },
    { driver: spare, weight: 0 },
  )
  const notify = createNotify({ channels: { sms } })

  for (let index = 0; index < 2_000; index += 1) await notify.send('sms', TO)

  expect(spare.asked).toBe(0)
  expect(light.asked).toBeGreaterThan(100)
  expect(light.asked).toBeLessThan(320)
})

it.each([[], [{}]])('refuses to be made of %o', (...members) => {
  expect(() => failover(...(members as never[]))).toThrow(/expected one or more drivers/)
})

it('refuses weights that share nothing', () => {
  expect(() => weighted({ driver: new Named('a'), weight: 0 })).toThrow(/one of them above 0/)
  expect(() => weighted({ driver: new Named('a'), weight: -1 })).toThrow(/weights of 0 or more/)
})
