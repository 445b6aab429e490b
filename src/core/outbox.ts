/** The words of durable delivery: what an outbox keeps from the moment it accepted a delivery until that is settled. */

/** One delivery as it is handed to an outbox. */
export interface OutboxJob {
  /** The delivery's id; every attempt carries it to the provider. */
  readonly id: string
  readonly channel: string
  /** The message as JSON text, so that every attempt says the same. */
  readonly payload: string
  /** A second job under one key within {@link OutboxJob.keyTtlMs} is not kept. */
  readonly key?: string | undefined
  /** How long the key is remembered, in milliseconds, longer than the job itself. @default 24 hours */
  readonly keyTtlMs?: number | undefined
  /** The higher is attempted first. @default 0 */
  readonly priority?: number | undefined
  /** Not to be attempted before, in epoch milliseconds. @default at once */
  readonly runAt?: number | undefined
  /** How often it is attempted at most, attempts that killed the process included. @default 5 */
  readonly maxAttempts?: number | undefined
}

/** `duplicate`: the key is taken by the job of this id, and nothing was kept. */
export interface Accepted {
  readonly id: string
  readonly status: 'accepted' | 'duplicate'
}

/** A job that a worker holds until its lease ends; whoever's lease has ended can no longer settle it. */
export interface LeasedJob {
  readonly id: string
  readonly channel: string
  readonly payload: string
  /** 1 for the first. */
  readonly attempt: number
  readonly maxAttempts: number
  /** Whether an attempt before this one ended without a word: its message may have gone out. */
  readonly isAmbiguous: boolean
  readonly lease: string
}

/** What became of an attempt. A deferral uses none of the attempts. */
export type JobOutcome =
  | { readonly type: 'done' }
  | { readonly type: 'retry'; readonly delayMs: number; readonly error: string }
  | { readonly type: 'defer'; readonly delayMs: number; readonly reason: string }
  | { readonly type: 'dead'; readonly error: string }

export type JobState = 'ready' | 'scheduled' | 'leased' | 'done' | 'dead' | 'cancelled'

export interface JobView {
  readonly id: string
  readonly channel: string
  readonly state: JobState
  readonly attempts: number
  readonly maxAttempts: number
  /** Why the last attempt did not succeed, or was put off. */
  readonly error: string | undefined
}
