/** Watches how deliveries end, as hooks are told of it. */
import { expect } from 'vitest'
import {
  createNotify,
  NotifyError,
  type LifecycleEvent,
  type NotifyOptions,
  type SendResult,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

export type Options = Partial<NotifyOptions<{ memory: MemoryNotifier }>>

const TERMINAL = ['sent', 'skipped', 'failed']

export function watched(memory: MemoryNotifier, options: Options = {}) {
  const events: LifecycleEvent[] = []
  const clock = new FakeClock()
  const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
  const notify = createNotify({ channels: { memory }, clock, hooks, ...options })
  return { notify, clock, events }
}

/** What was told of each delivery at its end, by id; with what was told after it, which must be nothing. */
export function endsOf(events: readonly LifecycleEvent[]): Record<string, string[]> {
  const ends: Record<string, string[]> = {}
  for (const event of events) {
    if (!('id' in event)) continue
    const told = (ends[event.id] ??= [])
    if (TERMINAL.includes(event.type) || told.length > 0) told.push(event.type)
  }
  return ends
}

/** Every result that is a delivery of its own has its end told, once and last; nothing else has. */
export function expectOneEndEach(events: readonly LifecycleEvent[], results: readonly SendResult[]): void {
  const own = results.filter(({ duplicate }) => !duplicate)
  expect(endsOf(events)).toEqual(Object.fromEntries(own.map(({ id, status }) => [id, [status]])))
}

export const away = () => new NotifyError('UNAVAILABLE', 'away', { delivery: 'not_sent' })
export const refusing = (error: () => Error) => new MemoryNotifier(() => Promise.reject(error()))
/** Never answers, and does not heed its signal. */
export const silent = () => new MemoryNotifier(() => new Promise<never>(() => undefined))
export const accepting = () => new MemoryNotifier()

/** Rates of the channel's provider. */
export const limitsOf = (limits: object) => ({ limits: { providers: { memory: limits } } })
export const one = { limit: 1, perMs: 100_000 }
