/** What one test has sent, and what it told its channels to do: nothing in here is shared with another test. */
import type { Clock } from '../core/clock.ts'
import type { DeliveryContext } from '../core/delivery.ts'
import type { NotifyError } from '../core/errors.ts'
import type { LifecycleEvent } from '../core/events.ts'
import type { Captured } from './captured.ts'
import { ToldFailures } from './fake-failures.ts'
import { snapshotOf } from './snapshot.ts'

/** Captured on a channel whose types are not known here. */
export interface AnyCaptured extends Omit<Captured, 'input' | 'message' | 'rendered'> {
  readonly input: unknown
  readonly message: unknown
  readonly rendered: unknown
}

/** A send that ended without being sent, in words for a person. */
export interface Unsent {
  readonly channel: string
  readonly why: string
}

export interface Handover {
  readonly provider: string
  readonly message: unknown
  readonly rendered: unknown
}

export class Mailbox {
  readonly captured: AnyCaptured[] = []
  readonly unsent: Unsent[] = []
  readonly #clock: Clock
  /** Channel by delivery, of those that have not ended. */
  readonly #channels = new Map<string, string>()
  /** How many calls have not ended, by channel. */
  readonly #calls = new Map<string, number>()
  readonly #inputs = new WeakMap<object, unknown>()
  readonly #failures = new Map<string, ToldFailures>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many calls of `send` and `sendMany` have not ended, on one channel or on all. */
  underWay(channel?: string): number {
    if (channel !== undefined) return this.#calls.get(channel) ?? 0
    return [...this.#calls.values()].reduce((sum, count) => sum + count, 0)
  }

  /** A call of `send` or `sendMany` has begun. @returns what is to be called when it ends */
  begin(channel: string): () => void {
    this.#calls.set(channel, this.underWay(channel) + 1)
    return () => void this.#calls.set(channel, this.underWay(channel) - 1)
  }

  hear(event: LifecycleEvent): void {
    if (event.type === 'accepted' || event.type === 'queued') this.#channels.set(event.id, event.channel)
    if (event.type === 'sent' || event.type === 'failed' || event.type === 'skipped') {
      this.#channels.delete(event.id)
    }
    if (event.type === 'failed') {
      const { code, message } = event.error
      this.unsent.push({ channel: event.channel, why: `failed as ${code}: ${message}` })
    }
    if (event.type === 'skipped') {
      this.unsent.push({ channel: event.channel, why: `skipped: ${event.reason}` })
    }
  }

  /** Remembers what the app wrote, as it is now: apps reuse their objects. */
  remember(message: unknown, input: unknown): void {
    if (typeof message === 'object' && message !== null) this.#inputs.set(message, snapshotOf(input))
  }

  /** @param channels those of the driver that asks */
  channelOf(id: string, channels: readonly string[]): string {
    return this.#channels.get(id) ?? channels[0] ?? ''
  }

  failuresOf(channel: string): ToldFailures {
    const known = this.#failures.get(channel)
    if (known) return known
    const failures = new ToldFailures()
    this.#failures.set(channel, failures)
    return failures
  }

  /** What every try on one of the channels fails with. */
  lastingFailure(channels: readonly string[]): NotifyError | undefined {
    return channels.map((channel) => this.#failures.get(channel)?.lasting).find(Boolean)
  }

  capture(channel: string, handover: Handover, context: DeliveryContext): AnyCaptured {
    const { message, provider, rendered } = handover
    const { id, attempt, idempotencyKey } = context
    const input = typeof message === 'object' && message !== null ? this.#inputs.get(message) : message
    const at = this.#clock.now()
    const captured = { id, channel, provider, input, message, rendered, attempt, idempotencyKey, at }
    this.captured.push(captured)
    return captured
  }
}
