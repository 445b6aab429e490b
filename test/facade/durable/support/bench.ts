/** An SDK with an outbox in memory, a driver that a test plays, and a clock that moves when the test says so. */
import { vi } from 'vitest'
import {
  createNotify,
  NotifyError,
  type AnyNotifier,
  type DeliveryState,
  type LifecycleEvent,
  type NotifyErrorDetails,
  type FailureCode,
  type NotifyOptions,
  type OutboxOptions,
} from '../../../../src/index.ts'
import { FakeClock, memoryOutbox } from '../../../../src/testing/index.ts'
import { MemoryNotifier, type MemoryReceipt } from '../../../support/memory-notifier.ts'

export type Play = (attempt: number) => Promise<MemoryReceipt>

export interface BenchInit {
  /** What the driver answers to its first, second, … attempt; the last answer is given again and again. */
  readonly plays?: readonly Play[]
  readonly notifier?: AnyNotifier
  readonly outbox?: Partial<OutboxOptions>
  readonly options?: Partial<NotifyOptions<Record<string, AnyNotifier>>>
}

export const accepts: Play = () => Promise.resolve({ providerId: 'p-1', at: 1 })

export const refuses =
  (code: FailureCode, details: NotifyErrorDetails = {}): Play =>
  () =>
    Promise.reject(new NotifyError(code, 'The provider said no', { delivery: 'not_sent', ...details }))

export function newBench({ plays = [accepts], notifier, outbox = {}, options = {} }: BenchInit = {}) {
  const clock = new FakeClock()
  const events: LifecycleEvent[] = []
  const asked: { readonly id: string; readonly attempt: number; readonly key: string | undefined }[] = []
  const driver = new MemoryNotifier((_, { id, attempt, idempotencyKey: key }) => {
    asked.push({ id, attempt, key })
    return (plays[asked.length - 1] ?? plays.at(-1) ?? accepts)(asked.length)
  })
  const engine = memoryOutbox({ clock })
  const notify = createNotify({
    channels: { memory: notifier ?? driver },
    clock,
    hooks: { onEvent: (event: LifecycleEvent) => void events.push(event) },
    breaker: false as const,
    ...options,
    outbox: { engine, retry: { baseDelayMs: 1_000, tries: 3 }, ...outbox },
  })
  const enqueue = async (text: string, own: object = {}) => {
    const result = await notify.enqueue('memory', { to: 'ann', text }, own)
    if (result.status !== 'queued') throw new Error(`It was not queued but ${result.status}`)
    return result.id
  }
  /** Lets time pass until the delivery is so far. */
  const until = (id: string, status: DeliveryState, stepMs = 250) =>
    vi.waitFor(
      async () => {
        const found = await notify.status(id)
        if (found?.status === status) return found
        await clock.advance(stepMs)
        throw new Error(`It is ${String(found?.status)}, not ${status}`)
      },
      { interval: 1, timeout: 10_000 },
    )
  const typesOf = (id: string) =>
    events.flatMap((event) => ('id' in event && event.id === id ? [event.type] : []))
  return { clock, events, asked, driver, engine, notify, enqueue, until, typesOf }
}
