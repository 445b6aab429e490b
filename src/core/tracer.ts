/** What a tracer is told: it wraps every send and every try, so that what runs inside belongs to its span. */
import type { Receipt } from './delivery.ts'
import type { NotifyError } from './errors.ts'
import type { SkipReason } from './skipped.ts'

export interface SendFacts {
  /** Of the delivery. */
  readonly id: string
  readonly channel: string
  /** Who is to carry it; of several, how they are chosen. Empty where the channel is unknown. */
  readonly provider: string
  /** Whether it is one of a `sendMany`. */
  readonly isBulk: boolean
}

export interface AttemptFacts extends SendFacts {
  /** The first is 1. */
  readonly attempt: number
  /** Milliseconds it waited for its turn because of limits. */
  readonly waitMs: number
}

/** What came of a send; the part of every result that is safe to record. */
export interface Ending {
  /** Of the delivery; the first one's where this is a duplicate. */
  readonly id: string
  readonly status: 'sent' | 'failed' | 'skipped'
  /** Who made the last try. */
  readonly provider: string
  readonly duplicate?: true
  readonly receipt?: Receipt
  readonly error?: NotifyError
  readonly reason?: SkipReason
}

/**
 * Call `run` once, in the same turn. What a tracer does otherwise changes nothing: the work is done once all the same,
 * and nobody waits for the tracer.
 */
export interface Tracer {
  /** `run` never rejects. */
  send<T extends Ending>(facts: SendFacts, run: () => Promise<T>): Promise<T>
  /** `run` rejects with a NotifyError where the try fails; pass it on. */
  attempt<T extends Receipt>(facts: AttemptFacts, run: () => Promise<T>): Promise<T>
}
