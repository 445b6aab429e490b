import { describe, expect, it } from 'vitest'
import {
  createNotify,
  failover,
  NotifyError,
  type LifecycleEvent,
  type LimitStore,
  type Rate,
  type RecipientLimit,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TEN_PER_SECOND: Rate = { limit: 10, perMs: 1_000 }
const ONE_PER_MINUTE: RecipientLimit = { rates: [{ limit: 1, perMs: 60_000 }] }

const account = (rates: Rate | readonly Rate[]) => ({ providers: { memory: { account: rates } } })
const recipient = (limits: RecipientLimit | readonly RecipientLimit[]) => ({
  providers: { memory: { recipient: limits } },
})

const numbers = (count: number) => [...Array(count).keys()].map((index) => ({ to: `person-${index}` }))

describe('a provider’s account with a limit', () => {
  it('is asked no more often than allowed, in the order of the sends', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory }, clock, limits: account(TEN_PER_SECOND) })

    const sending = numbers(25).map((message) => notify.send('memory', message))
    await clock.advance(0)
    const atOnce = memory.sent.length
    await clock.advance(1_000)
    const afterOne = memory.sent.length
    await clock.advance(1_000)

    expect([atOnce, afterOne, memory.sent.length]).toEqual([10, 20, 25])
    expect(memory.sent).toEqual(numbers(25).map((message) => ({ ...message, text: 'hello' })))
    expect((await Promise.all(sending)).every(({ status }) => status === 'sent')).toBe(true)
  })

  it('tells in the result how long a send waited for its turn', async () => {
    const clock = new FakeClock()
    const limits = account({ limit: 1, perMs: 500 })
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, clock, limits })

    const sending = numbers(3).map((message) => notify.send('memory', message))
    await clock.advance(1_000)
    const waits = (await Promise.all(sending)).map(({ attempts }) => attempts[0]?.waitMs)

    expect(waits).toEqual([undefined, 500, 1_000])
  })

  it('refuses at once, with the time to wait, what could not be sent before its deadline', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const limits = account({ limit: 1, perMs: 3_600_000 })
    const notify = createNotify({ channels: { memory }, clock, limits })
    await notify.send('memory', { to: 'a' })

    const result = await notify.send('memory', { to: 'b' })

    expect(result).toMatchObject({
      status: 'failed',
      attempts: [],
      error: { code: 'RATE_LIMITED', delivery: 'not_sent', retryAfterMs: 3_600_000 },
    })
    expect(memory.sent).toHaveLength(1)
  })

  it('gives the turn of an aborted send to the next', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const memory = new MemoryNotifier()
    const limits = account({ limit: 1, perMs: 1_000 })
    const notify = createNotify({ channels: { memory }, clock, limits })
    await notify.send('memory', { to: 'a' })

    const aborted = notify.send('memory', { to: 'b' }, { signal: caller.signal })
    const last = notify.send('memory', { to: 'c' })
    await clock.advance(500)
    caller.abort()
    await clock.advance(500)

    expect(await aborted).toMatchObject({ attempts: [], error: { code: 'ABORTED', delivery: 'not_sent' } })
    expect(await last).toMatchObject({ status: 'sent', attempts: [{ waitMs: 1_000 }] })
  })

  it('ends the wait at the deadline without counting it against the provider', async () => {
    const clock = new FakeClock()
    const limits = account({ limit: 1, perMs: 1_000 })
    const breaker = { failures: 1, of: 1 }
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, clock, limits, breaker })

    const sending = numbers(4).map((message) => notify.send('memory', message, { deadlineMs: 1_500 }))
    await clock.advance(1_500)
    const results = await Promise.all(sending)

    expect(results.map(({ status }) => status)).toEqual(['sent', 'sent', 'failed', 'failed'])
    expect(results[3]).toMatchObject({ attempts: [], error: { delivery: 'not_sent' } })
    expect(notify.health().memory).toMatchObject([{ state: 'closed' }])
  })

  it('leaves no timer behind when nobody waits any more', async () => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const limits = account({ limit: 1, perMs: 1_000 })
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, clock, limits })
    await notify.send('memory', { to: 'a' })
    const before = clock.pending

    const waiting = notify.send('memory', { to: 'b' }, { signal: caller.signal })
    await clock.advance(1)
    caller.abort()
    await waiting

    expect(clock.pending).toBe(before)
  })

  it('goes to another provider where the wait would be long', async () => {
    const clock = new FakeClock()
    const [first, second] = [new MemoryNotifier(), new Spare()]
    const channels = { memory: failover(first, second) }
    const limits = account({ limit: 1, perMs: 30_000 })
    const notify = createNotify({ channels, clock, limits })

    const sending = [{ to: 'a' }, { to: 'b' }].map((message) => notify.send('memory', message))

    expect(await Promise.all(sending)).toMatchObject([{ provider: 'memory' }, { provider: 'spare' }])
  })
})

class Spare extends MemoryNotifier {
  override readonly provider = 'spare' as 'memory'
}

describe('a provider that asks to be left alone for a while', () => {
  it('is asked by nobody before that, and the others wait their turn', async () => {
    const clock = new FakeClock()
    const asked: number[] = []
    const memory = new MemoryNotifier((_, { id }) => {
      asked.push(clock.monotonic())
      if (asked.length > 1) return Promise.resolve({ providerId: id, at: 1 })
      return Promise.reject(new NotifyError('RATE_LIMITED', 'slow down', { retryAfterMs: 5_000 }))
    })
    const notify = createNotify({ channels: { memory }, clock, retry: { baseDelayMs: 1 } })

    const sending = [notify.send('memory', { to: 'a' })]
    await clock.advance(1_000)
    sending.push(notify.send('memory', { to: 'b' }))
    await clock.advance(4_500)

    expect(asked[0]).toBe(0)
    expect(asked.slice(1).every((at) => at >= 5_000)).toBe(true)
    expect(await Promise.all(sending)).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
  })

  it('is not left alone where only one recipient had too much', async () => {
    const memory = new MemoryNotifier(({ to }, { id }) => {
      if (to !== 'busy') return Promise.resolve({ providerId: id, at: 1 })
      const details = { retryAfterMs: 3_600_000, scope: 'recipient' } as const
      return Promise.reject(new NotifyError('RATE_LIMITED', 'this number had enough', details))
    })
    const notify = createNotify({ channels: { memory }, breaker: { failures: 1, of: 1 } })

    const results = [await notify.send('memory', { to: 'busy' }), await notify.send('memory', { to: 'b' })]

    expect(results).toMatchObject([{ status: 'failed' }, { status: 'sent' }])
  })
})

describe('a limit per recipient', () => {
  it('refuses the second message without asking the provider, and says when it may be sent', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory }, clock, limits: recipient(ONE_PER_MINUTE) })
    await notify.send('memory', { to: 'a' })
    await clock.advance(20_000)

    const [again, other] = [
      await notify.send('memory', { to: 'a' }, { deadlineMs: 30_000 }),
      await notify.send('memory', { to: 'b' }),
    ]

    expect(again).toMatchObject({
      status: 'failed',
      attempts: [],
      error: { code: 'RATE_LIMITED', scope: 'recipient', delivery: 'not_sent', retryAfterMs: 40_000 },
    })
    expect(other.status).toBe('sent')
    expect(memory.sent).toHaveLength(2)
  })

  it('counts what was accepted only', async () => {
    let isUp = false
    const memory = new MemoryNotifier((_, { id }) =>
      isUp
        ? Promise.resolve({ providerId: id, at: 1 })
        : Promise.reject(new NotifyError('CONTENT_REJECTED', 'no such template')),
    )
    const notify = createNotify({ channels: { memory }, limits: recipient(ONE_PER_MINUTE) })
    await notify.send('memory', { to: 'a' })
    isUp = true

    const result = await notify.send('memory', { to: 'a' })

    expect(result.status).toBe('sent')
  })

  it('counts what may have been accepted', async () => {
    const memory = new MemoryNotifier(() => Promise.reject(new NotifyError('TIMED_OUT', 'silence')))
    const notify = createNotify({ channels: { memory }, limits: recipient(ONE_PER_MINUTE) })
    await notify.send('memory', { to: 'a' })

    const result = await notify.send('memory', { to: 'a' }, { deadlineMs: 1_000 })

    expect(result).toMatchObject({ error: { code: 'RATE_LIMITED' } })
  })

  it('takes no place in one window where another is full', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const windows = {
      rates: [
        { limit: 2, perMs: 3_600_000 },
        { limit: 1, perMs: 60_000 },
      ],
    }
    const notify = createNotify({ channels: { memory }, clock, limits: recipient(windows) })
    const send = () => notify.send('memory', { to: 'a' }, { deadlineMs: 1_000 })

    await send()
    await send()
    await send()
    await clock.advance(60_000)
    const second = await send()

    expect(second.status).toBe('sent')
  })

  it('can be counted by what the caller says, or not at all', async () => {
    const memory = new MemoryNotifier()
    const by = (message: unknown) => {
      const { to, text } = message as { to: string; text: string }
      return text === 'urgent' ? undefined : to.slice(0, 3)
    }
    const limits = recipient({ ...ONE_PER_MINUTE, by })
    const notify = createNotify({ channels: { memory }, limits, retry: false })

    const results = [
      await notify.send('memory', { to: '+86-1' }),
      await notify.send('memory', { to: '+86-2' }),
      await notify.send('memory', { to: '+86-3', text: 'urgent' }),
    ]

    expect(results.map(({ status }) => status)).toEqual(['sent', 'failed', 'sent'])
  })
})

describe('limits', () => {
  it('are told as events, without naming the recipient', async () => {
    const events: LifecycleEvent[] = []
    const limits = recipient(ONE_PER_MINUTE)
    const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, limits, hooks, retry: false })

    await notify.send('memory', { to: 'someone@example.com' })
    await notify.send('memory', { to: 'someone@example.com' })

    const limited = events.filter(({ type }) => type === 'limited')
    expect(limited).toMatchObject([{ channel: 'memory', provider: 'memory', action: 'refuse' }])
    expect(JSON.stringify(limited)).not.toContain('someone')
  })

  it('go on in this process while the shared store is away, and warn once', async () => {
    const away = () => Promise.reject(new Error('ECONNREFUSED'))
    const store: LimitStore = { take: away, giveBack: away, pause: away }
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const limits = { store, ...recipient(ONE_PER_MINUTE) }
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, limits, retry: false })

    const results = [await notify.send('memory', { to: 'a' }), await notify.send('memory', { to: 'a' })]
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)

    expect(results).toMatchObject([{ status: 'sent' }, { error: { code: 'RATE_LIMITED' } }])
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('limit store failed')])
  })

  it('are refused where they name no provider or make no sense, all at once', () => {
    const providers = {
      memroy: {},
      memory: { account: { limit: 0, perMs: 1 }, recipient: { rates: [] }, burst: 3 } as never,
    }

    expect(() => createNotify({ channels: { memory: new MemoryNotifier() }, limits: { providers } })).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        issues: [
          { path: 'limits.providers.memroy', message: 'is no provider of a channel; there are: memory' },
          { path: 'limits.providers.memory.account', message: expect.stringContaining('limit') as string },
          { path: 'limits.providers.memory.recipient', message: expect.stringContaining('rates') as string },
          { path: 'limits.providers.memory.burst', message: expect.any(String) as string },
        ],
      }),
    )
  })
})
