/** The shape of a driver's error table: one row per code of the provider, from which its docs page is made. */
import type { RecipientReason } from './errors.ts'
import type { Certainty, Failure, FailureCode } from './failures.ts'

export interface ErrorRow {
  /** Our code. */
  readonly code: FailureCode
  /** In a few words, what the provider means by it. */
  readonly meaning: string
  /** Where it differs from the code's own. */
  readonly delivery?: Certainty
  /** What is at fault, where it differs from the code's own: a RATE_LIMITED may concern one recipient only. */
  readonly scope?: Failure['scope']
  /** Of RECIPIENT_REJECTED. */
  readonly reason?: RecipientReason
  /** How long to wait, in milliseconds, where the provider documents it. */
  readonly retryAfterMs?: number
}

/** By the provider's own code, word for word. A code missing from it is never guessed. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>
