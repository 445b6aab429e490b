import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  createNotify,
  failover,
  NotifyError,
  type DeadAddress,
  type LifecycleEvent,
  type NotifyErrorDetails,
  type SuppressionStore,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { findSecrets } from '../../src/testing/find-secrets.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

function watched(memory: MemoryNotifier, options: object = {}) {
  const events: LifecycleEvent[] = []
  const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
  const clock = new FakeClock()
  const notify = createNotify({ channels: { memory }, clock, hooks, ...options })
  return { notify, clock, events, types: () => events.map(({ type }) => type) }
}

/** Fails with these, one after the other, then accepts. */
function failing(...failures: readonly NotifyError[]) {
  const left = [...failures]
  return new MemoryNotifier((_, { id }) => {
    const next = left.shift()
    return next ? Promise.reject(next) : Promise.resolve({ providerId: id, at: 1 })
  })
}

const away = () => new NotifyError('UNAVAILABLE', 'away', { delivery: 'not_sent' })
const dead = (details: NotifyErrorDetails) => new NotifyError('RECIPIENT_REJECTED', 'gone', details)

describe('hooks.onEvent', () => {
  it('hears a delivery from its acceptance to its end', async () => {
    const { notify, events, types } = watched(new MemoryNotifier())

    const { id } = await notify.send('memory', { to: 'a' })

    expect(types()).toEqual(['accepted', 'attempt', 'sent'])
    expect(events.every((event) => 'id' in event && event.id === id && event.channel === 'memory')).toBe(true)
  })

  it('hears of every try and of the waits between them', async () => {
    const { notify, clock, events, types } = watched(failing(away(), away()))

    const sending = notify.send('memory', { to: 'a' })
    await clock.advance(1_000)
    await sending

    expect(types()).toEqual(['accepted', 'attempt', 'retry', 'attempt', 'retry', 'attempt', 'sent'])
    expect(events[1]).toMatchObject({ attempt: 1, error: { code: 'UNAVAILABLE' } })
    expect(events[2]).toMatchObject({ delayMs: expect.any(Number) as number, error: { code: 'UNAVAILABLE' } })
  })

  it('hears when a provider is left alone, and when it is used again', async () => {
    const memory = failing(away())
    const { notify, clock, events } = watched(memory, { retry: false, breaker: { failures: 1, of: 1 } })

    await notify.send('memory', { to: 'a' })
    await clock.advance(10_000)
    await notify.send('memory', { to: 'a' })

    expect(events.filter(({ type }) => type === 'breaker')).toMatchObject([
      { provider: 'memory', state: 'open', retryAfterMs: 10_000, reason: { code: 'UNAVAILABLE' } },
      { provider: 'memory', state: 'closed' },
    ])
  })

  it.each<readonly [string, object, string]>([
    ['is invalid', { to: '' }, 'failed'],
    ['is kept back by the guard', { to: 'stranger' }, 'skipped'],
    ['is accepted', { to: 'friend' }, 'sent'],
  ])('hears exactly one end of a message that %s', async (_, message, end) => {
    const { notify, types } = watched(new MemoryNotifier(), { guard: { allow: ['friend'] } })

    await notify.send('memory', message as { to: string })

    expect(types().filter((type) => ['sent', 'failed', 'skipped'].includes(type))).toEqual([end])
  })

  it('hears exactly one end of a delivery that several callers share by its key', async () => {
    const { notify, types } = watched(new MemoryNotifier())
    const send = () => notify.send('memory', { to: 'a' }, { idempotencyKey: 'k' })

    await Promise.all([send(), send()])
    await send()

    expect(types()).toEqual(['accepted', 'attempt', 'sent'])
  })

  it('never hears who the message is for or what it says', async () => {
    const error = new NotifyError('RECIPIENT_REJECTED', 'No mailbox secret-person', { reason: 'invalid' })
    const { notify, events } = watched(failing(error))

    await notify.send('memory', { to: 'secret-person', text: 'confidential' })

    expect(findSecrets(events, ['secret-person', 'confidential'])).toEqual([])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no row for +8613800138000')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no row for +8613800138000'))],
  ])('changes nothing when it %s; the process is warned', async (_, onEvent) => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, hooks: { onEvent } })

    const warned = once(process, 'warning') as Promise<[Error & { detail?: string }]>
    const result = await notify.send('memory', { to: 'a' })
    const [warning] = await warned

    expect(result.status).toBe('sent')
    expect(warning.message).toMatch(/^hooks\.onEvent (threw|rejected) \(Error\)$/)
    // Where to look, and not the text: a hook's error may name the recipient.
    expect(warning.detail).toMatch(/hooks\.test\.ts:\d+/)
    expect(`${warning.message}${warning.detail}`).not.toContain('+8613800138000')
  })

  it('must be a function', () => {
    const hooks = { onEvent: 'log', onSomething: () => undefined } as never

    expect(() => createNotify({ channels: { memory: new MemoryNotifier() }, hooks })).toThrow(
      /hooks\.onEvent.*hooks\.onSomething/s,
    )
  })
})

function feed(memory: MemoryNotifier, suppression?: SuppressionStore) {
  const told: DeadAddress[] = []
  const hooks = { onAddressInvalid: (address: DeadAddress) => told.push(address) }
  const notify = createNotify({ channels: { memory }, hooks, ...(suppression && { suppression }) })
  return { notify, told }
}

describe('hooks.onAddressInvalid', () => {
  it.each(['invalid', 'unsubscribed'] as const)('is told of an address that is %s', async (reason) => {
    const since = new Date(Date.UTC(2026, 0, 2))
    const { notify, told } = feed(failing(dead({ reason, since })))

    await notify.send('memory', { to: 'old-token' })

    expect(told).toEqual([{ channel: 'memory', address: 'old-token', reason, since }])
  })

  it.each([
    dead({ reason: 'refused' }),
    new NotifyError('CONTENT_REJECTED', 'spam'),
    new NotifyError('UNAVAILABLE', 'full', { scope: 'recipient', delivery: 'not_sent' }),
    new NotifyError('RECIPIENT_OFFLINE', 'away'),
  ])('is not told of a living address: %s', async (error) => {
    const { notify, told } = feed(failing(error, error, error))

    await notify.send('memory', { to: 'a' }, { deadlineMs: 1 })

    expect(told).toEqual([])
  })

  it('is told of each dead one among several recipients', async () => {
    const memory = new MemoryNotifier((_, context) => {
      context.reportDead({ address: 'one', reason: 'invalid' })
      context.reportDead({ address: 'two', reason: 'unsubscribed' })
      return Promise.resolve({ providerId: 'x', at: 1 })
    })
    const { notify, told } = feed(memory)

    await notify.send('memory', { to: 'one,two,three' })

    expect(told).toEqual([
      { channel: 'memory', address: 'one', reason: 'invalid' },
      { channel: 'memory', address: 'two', reason: 'unsubscribed' },
    ])
  })

  it('is told of a dead address once, though there are several providers', async () => {
    const members = [failing(dead({ reason: 'invalid' })), new MemoryNotifier()] as const
    const told: DeadAddress[] = []
    const hooks = { onAddressInvalid: (address: DeadAddress) => told.push(address) }
    const notify = createNotify({ channels: { sms: failover(...members) }, hooks })

    await notify.send('sms', { to: '+1' })

    expect(told).toHaveLength(1)
    expect(members[1].sent).toEqual([])
  })
})

describe('a suppression store', () => {
  const listed = new Map<string, DeadAddress>()
  const store: SuppressionStore = {
    find: (channel, address) => Promise.resolve(listed.get(`${channel} ${address}`)?.reason),
    add: (entry) => void listed.set(`${entry.channel} ${entry.address}`, entry),
    remove: (channel, address) => void listed.delete(`${channel} ${address}`),
  }

  it('keeps the next message to a dead address from being sent', async () => {
    const memory = failing(dead({ reason: 'invalid' }))
    const { notify } = feed(memory, store)
    await notify.send('memory', { to: 'gone' })

    const results = [
      await notify.send('memory', { to: 'gone' }),
      await notify.send('memory', { to: 'alive' }),
    ]

    expect(results).toMatchObject([
      { status: 'skipped', reason: 'suppressed', attempts: [] },
      { status: 'sent' },
    ])
    expect(memory.sent).toHaveLength(1)
  })

  it('can be told that an address lives again', async () => {
    const { notify } = feed(new MemoryNotifier(), store)
    await store.add({ channel: 'memory', address: 'back', reason: 'unsubscribed' })
    await store.remove('memory', 'back')

    expect(await notify.send('memory', { to: 'back' })).toMatchObject({ status: 'sent' })
  })

  it('that is away keeps nobody from being told; the process is warned', async () => {
    const find = () => Promise.reject(new Error('ECONNREFUSED'))
    const { notify } = feed(new MemoryNotifier(), { ...store, find })

    const warned = once(process, 'warning')
    const result = await notify.send('memory', { to: 'a' })

    expect(result.status).toBe('sent')
    expect(String(await warned)).toContain('suppression store failed')
  })
})
