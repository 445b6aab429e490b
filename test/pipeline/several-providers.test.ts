/** Several providers behind one channel: who is asked where none can be asked at once, and what is said of it. */
import { describe, expect, it } from 'vitest'
import { createNotify, failover, NotifyError, type SendResult } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, after, Carrier, inTurn, never, outcomeOf, refuse, watch } from './carrier.ts'

const onePer = (perMs: number) => ({ account: { limit: 1, perMs } })
const OPENS_AT_ONCE = { failures: 1, of: 1, coolDownMs: 50_000 }

function causesOf(result: SendResult): string[] {
  const cause = result.status === 'failed' ? result.error.cause : undefined
  const causes: unknown[] = cause instanceof AggregateError ? cause.errors : []
  return causes.map((one) => (NotifyError.isNotifyError(one) ? one.code : String(one)))
}

describe('a provider that works', () => {
  it('is asked before those whose circuits are open, though these stand together before it', async () => {
    const clock = new FakeClock()
    const first = new Carrier(inTurn(refuse('UNAVAILABLE'), never), 'first')
    const second = new Carrier(refuse('UNAVAILABLE'), 'second')
    const third = new Carrier(accept, 'third')
    const channels = { memory: failover(failover(first, second), third) }
    const notify = createNotify({ channels, clock, breaker: OPENS_AT_ONCE })
    await notify.send('memory', { to: 'a' })

    const result = watch(notify.send('memory', { to: 'b' }))
    await clock.advance(0)

    expect(result.value).toMatchObject({ status: 'sent', provider: 'third' })
    expect([first.asked, second.asked, third.asked]).toEqual([1, 1, 2])
  })

  it('is found though it stands together with one whose circuit is open, behind another such pair', async () => {
    const clock = new FakeClock()
    const dead = [1, 2, 3].map((number) => new Carrier(refuse('UNAUTHORIZED'), `dead-${number}`))
    const [one = new Carrier(), two = new Carrier(), three = new Carrier()] = dead
    const alive = new Carrier(accept, 'alive')
    const channels = { memory: failover(failover(one, two), failover(three, alive)) }
    const notify = createNotify({ channels, clock })
    await notify.send('memory', { to: 'a' })

    const result = await notify.send('memory', { to: 'b' })

    expect(result).toMatchObject({ status: 'sent', provider: 'alive' })
    expect(dead.map(({ asked }) => asked)).toEqual([1, 1, 1])
  })
})

describe('of providers that all have a long line', () => {
  it('the shortest is waited for', async () => {
    const clock = new FakeClock()
    const [slow, fast] = [new Carrier(accept, 'slow'), new Carrier(accept, 'fast')]
    const limits = { providers: { slow: onePer(40_000), fast: onePer(2_000) } }
    const notify = createNotify({ channels: { memory: failover(fast, slow) }, clock, limits })
    const ahead = [await notify.send('memory', { to: 'a' }), await notify.send('memory', { to: 'b' })]

    const last = notify.send('memory', { to: 'c' })
    await clock.advance(2_000)

    expect(ahead).toMatchObject([{ provider: 'fast' }, { provider: 'slow' }])
    expect(await last).toMatchObject({ status: 'sent', provider: 'fast', attempts: [{ waitMs: 2_000 }] })
  })

  it('a line that moves on is preferred to a provider that fails', async () => {
    const clock = new FakeClock()
    const [busy, failing] = [new Carrier(accept, 'busy'), new Carrier(refuse('UNAUTHORIZED'), 'failing')]
    const limits = { providers: { busy: onePer(20_000) } }
    const notify = createNotify({
      channels: { memory: failover(busy, failing) },
      clock,
      limits,
      retry: false,
    })
    await notify.send('memory', { to: 'a' })
    await notify.send('memory', { to: 'b' })

    const third = notify.send('memory', { to: 'c' })
    await clock.advance(20_000)

    expect(await third).toMatchObject({ status: 'sent', provider: 'busy' })
    expect(failing.asked).toBe(1)
  })

  it('none is waited for past the deadline, and each is told of', async () => {
    const clock = new FakeClock()
    const [first, second] = [new Carrier(accept, 'first'), new Carrier(accept, 'second')]
    const limits = { providers: { first: onePer(3_600_000), second: onePer(7_200_000) } }
    const notify = createNotify({ channels: { memory: failover(first, second) }, clock, limits })
    await notify.send('memory', { to: 'a' })
    await notify.send('memory', { to: 'b' })

    const result = await notify.send('memory', { to: 'c' })

    expect(result).toMatchObject({ attempts: [], error: { code: 'RATE_LIMITED', retryAfterMs: 3_600_000 } })
    expect(causesOf(result)).toEqual(['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED'])
  })
})

describe('where every circuit is open', () => {
  it('the causes of all are kept, with that of the last resort', async () => {
    const clock = new FakeClock()
    const [first, second] = [
      new Carrier(refuse('UNAVAILABLE'), 'first'),
      new Carrier(refuse('UNAVAILABLE'), 'second'),
    ]
    const channels = { memory: failover(first, second) }
    const notify = createNotify({ channels, clock, retry: false, breaker: OPENS_AT_ONCE })
    await notify.send('memory', { to: 'a' })

    const result = await notify.send('memory', { to: 'b' })

    expect(causesOf(result)).toEqual(['CIRCUIT_OPEN', 'CIRCUIT_OPEN', 'UNAVAILABLE'])
  })

  it('one send at a time is the last resort, however many come together', async () => {
    const clock = new FakeClock()
    const broken = () => after(clock, 100).then(refuse('UNAVAILABLE') as () => Promise<never>)
    const [first, second] = [new Carrier(broken, 'first'), new Carrier(broken, 'second')]
    const channels = { memory: failover(first, second) }
    const notify = createNotify({ channels, clock, retry: false, breaker: OPENS_AT_ONCE })
    void notify.send('memory', { to: 'a' })
    await clock.advance(200)

    const sending = [...Array(50).keys()].map((index) => notify.send('memory', { to: `person-${index}` }))
    await clock.advance(100)

    const outcomes = (await Promise.all(sending)).map(outcomeOf)
    expect(first.asked + second.asked).toBe(3)
    expect(outcomes.filter((outcome) => outcome.startsWith('UNAVAILABLE'))).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'CIRCUIT_OPEN not_sent')).toHaveLength(49)
  })
})

it('each provider is shown the message in its own form, also the second of two that stand together', async () => {
  class Shouting extends Carrier {
    override parse(input: unknown) {
      const { to } = super.parse(input)
      return { to, text: 'LOUD' }
    }
  }
  const first = new Shouting(refuse('UNAVAILABLE'), 'first')
  const [second, third] = [new Carrier(refuse('UNAVAILABLE'), 'second'), new Shouting(accept, 'third')]
  const notify = createNotify({ channels: { memory: failover(failover(first, second), third) } })

  await notify.send('memory', { to: 'a', text: 'quiet' })

  expect(third.sent).toEqual([{ to: 'a', text: 'LOUD' }])
})

it('providers that have all had too much are asked once each, also where they say no more than that', async () => {
  const clock = new FakeClock()
  const tooMuch = refuse('RATE_LIMITED', { retryAfterMs: 500 })
  const [first, second] = [new Carrier(tooMuch, 'first'), new Carrier(tooMuch, 'second')]
  const notify = createNotify({ channels: { memory: failover(first, second) }, clock, retry: false })

  const sending = notify.send('memory', { to: 'a' })
  await clock.advance(10_000)

  expect(await sending).toMatchObject({ attempts: [{}, {}], error: { code: 'RATE_LIMITED' } })
})

it('nobody waits in the slow start of one provider while another stands by', async () => {
  const clock = new FakeClock()
  const busy = new Carrier(
    inTurn(refuse('RATE_LIMITED', { retryAfterMs: 500 }), () => after(clock, 9_000)),
    'busy',
  )
  const spare = new Carrier(() => after(clock, 100), 'spare')
  const notify = createNotify({ channels: { memory: failover(busy, spare) }, clock })
  void notify.send('memory', { to: 'a' })
  await clock.advance(1_000)

  void notify.send('memory', { to: 'b' })
  const result = watch(notify.send('memory', { to: 'c' }))
  await clock.advance(200)

  expect(result.value).toMatchObject({ status: 'sent', provider: 'spare' })
})

it.each([
  ['first', (one: Carrier, other: Carrier) => failover(one, other)],
  ['last', (one: Carrier, other: Carrier) => failover(other, one)],
])(
  'a limit of the recipient at the %s provider does not keep the other from being tried again',
  async (_, of) => {
    const clock = new FakeClock()
    const strict = new Carrier(refuse('RATE_LIMITED', { scope: 'recipient' }), 'strict')
    const shaky = new Carrier(inTurn(refuse('UNAVAILABLE'), accept), 'shaky')
    const notify = createNotify({ channels: { memory: of(strict, shaky) }, clock })

    const sending = notify.send('memory', { to: 'a' })
    await clock.advance(60_000)

    expect(await sending).toMatchObject({ status: 'sent', provider: 'shaky' })
  },
)
