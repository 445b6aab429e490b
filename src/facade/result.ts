/** What `send` resolves to: what happened, why, and whether the message may have gone out all the same. */
import type { AttemptRecord, Receipt } from '../core/delivery.ts'
import type { NotifyError } from '../core/errors.ts'
import type { SkipReason } from '../core/skipped.ts'

interface ResultBase {
  /** Of the delivery; also what drivers hand to providers as their reference. */
  readonly id: string
  /** As the caller named it; empty where that is no name. */
  readonly channel: string
  /** Who carried it, or would have. Empty where the channel is unknown. */
  readonly provider: string
  /** Every try, oldest first; empty where none was made. */
  readonly attempts: readonly AttemptRecord[]
  /** Set where an earlier send under the same idempotency key is answered for: nothing was sent now. */
  readonly duplicate?: true
  /** Set where the guard sent it to somebody else. */
  readonly redirected?: true
}

/** The provider accepted the message. Accepted is not yet delivered. */
export interface SentResult<R extends Receipt = Receipt> extends ResultBase {
  readonly status: 'sent'
  readonly receipt: R
}

/** The provider did not say yes. `error.delivery` tells whether the message may have gone out. */
export interface FailedResult extends ResultBase {
  readonly status: 'failed'
  readonly error: NotifyError
}

/** A rule kept it from being sent; no provider was asked. */
export interface SkippedResult extends ResultBase {
  readonly status: 'skipped'
  /**
   * `guard`: not to this recipient here. `expired`: its `expiresAt` passed before it could be sent.
   * `suppressed`: a provider has called the address dead before. `cancelled`: it was taken back.
   */
  readonly reason: SkipReason
}

/** It is in the outbox, and will be delivered whatever dies: `status(id)` tells how far it is. */
export interface QueuedResult extends ResultBase {
  readonly status: 'queued'
}

/** What `enqueue` resolves to. */
export type EnqueueResult = QueuedResult | SkippedResult | FailedResult

export type SendResult<R extends Receipt = Receipt> = SentResult<R> | SkippedResult | FailedResult

/** One result of `sendMany`. */
export type BulkResult<R extends Receipt = Receipt> = SendResult<R> & {
  /** Which item of the source it is about; the first is 0. */
  readonly index: number
}

/** What `verify` found for one channel. `unchecked`: the driver has no way to ask without sending. */
export type VerifyResult =
  | { readonly status: 'ok' | 'unchecked'; readonly provider: string; readonly ms: number }
  | { readonly status: 'failed'; readonly provider: string; readonly ms: number; readonly error: NotifyError }

/** Whether one provider is being used: `open` while it is left alone, `half_open` once one try may probe it. */
export interface ProviderHealth {
  readonly provider: string
  readonly state: 'closed' | 'open' | 'half_open'
  /** Milliseconds until it may be probed. */
  readonly retryAfterMs?: number
  /** The failure that made us leave it alone. */
  readonly reason?: NotifyError
}
