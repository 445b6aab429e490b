/** What happens to deliveries and providers, as told to hooks: never contents or recipients. */
import type { NotifyError } from './errors.ts'
import type { SkipReason } from './skipped.ts'

interface OfDelivery {
  /** Of the delivery, as in its result. */
  readonly id: string
  readonly channel: string
  /** Epoch milliseconds. */
  readonly at: number
}

interface OfProvider extends OfDelivery {
  readonly provider: string
}

/** The message is valid and on its way. */
export interface AcceptedEvent extends OfDelivery {
  readonly type: 'accepted'
}

/** It is in the outbox and will be attempted; with a `transaction`, once that commits. */
export interface QueuedEvent extends OfDelivery {
  readonly type: 'queued'
}

/** Somebody asked to wait: the outbox makes the next attempt after `delayMs` milliseconds. */
export interface DeferredEvent extends OfDelivery {
  readonly type: 'deferred'
  readonly delayMs: number
  readonly error: NotifyError
}

/** One try has ended. */
export interface AttemptEvent extends OfProvider {
  readonly type: 'attempt'
  /** The first is 1. */
  readonly attempt: number
  readonly ms: number
  /** How long it waited for its turn before, where limits made it wait. */
  readonly waitMs?: number
  /** Absent where the provider accepted. */
  readonly error?: NotifyError
}

/** Terminal: the provider accepted. */
export interface SentEvent extends OfProvider {
  readonly type: 'sent'
  readonly providerId: string
}

/** Terminal: the provider did not say yes. */
export interface FailedEvent extends OfProvider {
  readonly type: 'failed'
  readonly error: NotifyError
}

/** Terminal: a rule kept it from being sent. */
export interface SkippedEvent extends OfDelivery {
  readonly type: 'skipped'
  readonly reason: SkipReason
}

/** Another try follows after `delayMs` milliseconds. */
export interface RetryEvent extends OfDelivery {
  readonly type: 'retry'
  readonly delayMs: number
  readonly error: NotifyError
}

/** A limit of ours held the delivery up (`wait`) or refused it (`refuse`): it has to wait `waitMs` milliseconds. */
export interface LimitedEvent extends OfProvider {
  readonly type: 'limited'
  readonly action: 'wait' | 'refuse'
  readonly waitMs: number
}

/** A provider is left alone (`open`), or used again (`closed`). */
export interface BreakerEvent {
  readonly type: 'breaker'
  readonly provider: string
  readonly state: 'open' | 'closed'
  /** Epoch milliseconds. */
  readonly at: number
  /** What opened it. */
  readonly reason?: NotifyError
  readonly retryAfterMs?: number
}

/** Every delivery has exactly one terminal event: `sent`, `failed` or `skipped`. A duplicate is no delivery. */
export type LifecycleEvent =
  | AcceptedEvent
  | QueuedEvent
  | DeferredEvent
  | AttemptEvent
  | SentEvent
  | FailedEvent
  | SkippedEvent
  | RetryEvent
  | LimitedEvent
  | BreakerEvent

/** Tells the hooks; never throws. */
export type Emit = (event: LifecycleEvent) => void
