import { describe, expect, it } from 'vitest'
import {
  createNotify,
  failover,
  NotifyError,
  type LifecycleEvent,
  type SendOptions,
  type SendResult,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import type { MemoryNotifier } from '../support/memory-notifier.ts'
import {
  accepting,
  away,
  expectOneEndEach,
  limitsOf,
  one,
  refusing,
  silent,
  watched,
  type Options,
} from './ends.ts'

const FIRST = { idempotencyKey: 'k' }

interface Case {
  readonly memory?: MemoryNotifier
  readonly message?: unknown
  readonly options?: Options
  readonly call?: SendOptions
  /** What it ends with: a code or a reason. */
  readonly why?: string
}

const CASES: Record<string, Case> = {
  'is accepted': {},
  'breaks its schema': { message: { to: '' }, why: 'INVALID_MESSAGE' },
  'comes with wrong options': { call: { deadlineMs: -1 }, why: 'INVALID_MESSAGE' },
  'comes with options that are none': { call: 'soon' as never, why: 'INVALID_MESSAGE' },
  'is refused by its provider': {
    memory: refusing(() => new NotifyError('CONTENT_REJECTED', 'spam')),
    why: 'CONTENT_REJECTED',
  },
  'is refused at every try': { memory: refusing(away), why: 'UNAVAILABLE' },
  'meets a driver that throws': { memory: refusing(() => new TypeError('bug')), why: 'DRIVER_FAILED' },
  'is kept back by the guard': { options: { guard: { allow: ['x'] } }, why: 'guard' },
  'is refused by the guard': {
    options: { guard: { allow: ['x'], otherwise: 'refuse' } },
    why: 'RECIPIENT_REJECTED',
  },
  'is for a dead address': {
    options: {
      suppression: { find: () => Promise.resolve('invalid'), add: () => undefined, remove: () => undefined },
    },
    why: 'suppressed',
  },
  'has expired': { call: { expiresAt: 1 }, why: 'expired' },
  'would expire before its next try': {
    memory: refusing(away),
    options: { retry: { baseDelayMs: 30_000 } },
    call: { expiresAt: Date.UTC(2026, 0, 1) + 1 },
    why: 'UNAVAILABLE',
  },
  'was aborted before it began': { call: { signal: AbortSignal.abort() }, why: 'ABORTED' },
  'gets no answer in time': { memory: silent(), call: { attemptTimeoutMs: 5 }, why: 'TIMED_OUT' },
  'is not done by its deadline': { memory: silent(), call: { deadlineMs: 5 }, why: 'TIMED_OUT' },
  'meets a store of keys that is away': {
    options: {
      idempotency: {
        store: {
          claim: () => Promise.reject(new Error('ECONNREFUSED')),
          settle: () => Promise.resolve(),
          release: () => Promise.resolve(),
        },
      },
    },
    call: { idempotencyKey: 'k' },
    why: 'UNAVAILABLE',
  },
}

describe('exactly one end is told, and nothing after it, of a message that', () => {
  it.each(Object.entries(CASES))('%s', async (_, { memory = accepting(), message, options, call, why }) => {
    const { notify, clock, events } = watched(memory, options)

    const sending = notify.send('memory', (message ?? { to: 'a' }) as { to: string }, call)
    await clock.advance(120_000)
    const result = await sending
    await clock.advance(120_000)

    expectOneEndEach(events, [result])
    const ended =
      result.status === 'failed' ? result.error.code : 'reason' in result ? result.reason : undefined
    expect(ended).toBe(why)
  })

  it('is for a channel that does not exist', async () => {
    const { notify, events } = watched(accepting())

    const result = await notify.send('carrier-pigeon' as 'memory', { to: 'a' })

    expectOneEndEach(events, [result])
    expect(events).toMatchObject([{ type: 'failed', error: { code: 'UNKNOWN_CHANNEL' } }])
  })

  it('finds its provider left alone', async () => {
    const { notify, events } = watched(refusing(away), { retry: false, breaker: { failures: 1, of: 1 } })

    const results = [await notify.send('memory', { to: 'a' }), await notify.send('memory', { to: 'a' })]

    expectOneEndEach(events, results)
    expect(results[1]).toMatchObject({ error: { code: 'CIRCUIT_OPEN' } })
  })

  it.each([
    ['an account’s limit', limitsOf({ account: one })],
    ['a recipient’s limit', limitsOf({ recipient: { rates: [one] } })],
  ])('is beyond %s', async (_, options) => {
    const { notify, clock, events } = watched(accepting(), { ...options, retry: false })
    const send = () => notify.send('memory', { to: 'a' }, { deadlineMs: 10_000 })

    const sending = [send(), send()]
    await clock.advance(120_000)
    const results = await Promise.all(sending)

    expectOneEndEach(events, results)
    expect(results[1]).toMatchObject({ status: 'failed', error: { code: 'RATE_LIMITED' } })
  })

  it('is aborted under way', async () => {
    const { notify, clock, events } = watched(silent())
    const giveUp = new AbortController()

    const sending = notify.send('memory', { to: 'a' }, { signal: giveUp.signal })
    await clock.advance(10)
    giveUp.abort()
    const result = await sending
    await clock.advance(120_000)

    expectOneEndEach(events, [result])
    expect(result).toMatchObject({ error: { code: 'ABORTED', delivery: 'unknown' } })
  })

  it('would expire before its turn', async () => {
    const { notify, clock, events } = watched(accepting(), limitsOf({ account: one }))

    const results = [
      await notify.send('memory', { to: 'a' }),
      await notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 10 }),
    ]

    expectOneEndEach(events, results)
    expect(results[1]).toMatchObject({ status: 'skipped', reason: 'expired' })
  })

  it('goes to a second provider', async () => {
    const events: LifecycleEvent[] = []
    const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
    const notify = createNotify({ channels: { memory: failover(refusing(away), accepting()) }, hooks })

    const result = await notify.send('memory', { to: 'a' })

    expectOneEndEach(events, [result])
    expect(result).toMatchObject({ status: 'sent', attempts: [{}, {}] })
  })

  it('fails in debug mode, where it is thrown as well', async () => {
    const { notify, events } = watched(accepting(), { debug: true })

    await expect(notify.send('memory', { to: '' })).rejects.toThrow(NotifyError)

    expect(events.map(({ type }) => type)).toEqual(['failed'])
  })

  it('meets a hook that throws at its end', async () => {
    const told: string[] = []
    const onEvent = ({ type }: LifecycleEvent) => {
      told.push(type)
      throw new Error('hook is broken')
    }
    const notify = createNotify({ channels: { memory: accepting() }, hooks: { onEvent } })

    await notify.send('memory', { to: 'a' })

    expect(told).toEqual(['accepted', 'attempt', 'sent'])
  })
})

describe('sends under one idempotency key', () => {
  it('have one end among them, whether they wait for it or come later', async () => {
    const { notify, clock, events } = watched(refusing(() => new NotifyError('CONTENT_REJECTED', 'spam')))
    const send = () => notify.send('memory', { to: 'a' }, FIRST)

    const results = await Promise.all([send(), send(), send()])
    await clock.advance(1_000)

    expectOneEndEach(events, results)
    expect(results.filter(({ duplicate }) => duplicate)).toHaveLength(2)
  })

  it('of several processes have one end among them', async () => {
    const clock = new FakeClock()
    const idempotency = { store: new MemoryKeys(clock) }
    const processes = [watched(accepting(), { idempotency }), watched(accepting(), { idempotency })]

    const results: SendResult[] = []
    for (const { notify } of processes) results.push(await notify.send('memory', { to: 'a' }, FIRST))

    expectOneEndEach(
      processes.flatMap(({ events }) => events),
      results,
    )
    expect(results[1]).toMatchObject({ duplicate: true })
  })

  it('have an end each where their messages differ', async () => {
    const { notify, events } = watched(accepting())

    const results = [
      await notify.send('memory', { to: 'a' }, FIRST),
      await notify.send('memory', { to: 'b' }, FIRST),
    ]

    expectOneEndEach(events, results)
    expect(results[1]).toMatchObject({ error: { code: 'IDEMPOTENCY_MISMATCH' } })
  })

  it('have an end each where one stops waiting for the other', async () => {
    const { notify, clock, events } = watched(silent())

    const sending = [
      notify.send('memory', { to: 'a' }, FIRST),
      notify.send('memory', { to: 'a' }, { ...FIRST, deadlineMs: 5 }),
    ]
    await clock.advance(120_000)
    const results = await Promise.all(sending)

    expectOneEndEach(events, results)
    expect(results.map(({ duplicate }) => duplicate)).toEqual([undefined, undefined])
  })

  it('have an end each where the first is given up and the second takes over', async () => {
    const { notify, clock, events } = watched(accepting(), limitsOf({ account: one }))
    const giveUp = new AbortController()
    await notify.send('memory', { to: 'before' })

    const sending = [
      notify.send('memory', { to: 'a' }, { ...FIRST, deadlineMs: 200_000, signal: giveUp.signal }),
      notify.send('memory', { to: 'a' }, { ...FIRST, deadlineMs: 200_000 }),
    ]
    await clock.advance(10)
    giveUp.abort()
    await clock.advance(200_000)
    const results = await Promise.all(sending)

    expect(results).toMatchObject([{ status: 'failed', error: { code: 'ABORTED' } }, { status: 'sent' }])
    expect(results[1]).not.toHaveProperty('duplicate')
    expectOneEndEach(events.slice(3), results)
  })
})
