/**
 * The contract of an outbox: what keeps deliveries from the moment it accepted them until they are settled, whatever dies in between.
 * It stores, leases and times; what an attempt's end means (try again, wait, give up) its caller decides, so no outbox ends a job
 * by itself. `describeOutbox` in `notiwire/testing` checks one.
 */

/** One delivery as it is handed to an outbox. None of its texts holds a NUL character. */
export interface OutboxJob {
  /** The delivery's id; every attempt carries it to the provider. Unique: a second job of the same id is a `duplicate`. */
  readonly id: string
  readonly channel: string
  /** The message as JSON text, so that every attempt says the same. */
  readonly payload: string
  /** A second job under one key within {@link OutboxJob.keyTtlMs} is not kept, however the first ended. */
  readonly key?: string | undefined
  /** How long the key is remembered, in milliseconds, longer than the job itself. @default 24 hours */
  readonly keyTtlMs?: number | undefined
  /** The higher is attempted first: an integer from -1_000 to 1_000. @default 0 */
  readonly priority?: number | undefined
  /** Not to be attempted before, in epoch milliseconds. @default at once */
  readonly runAt?: number | undefined
}

/** `duplicate`: the id or the key is taken by the job of this id, and nothing was kept. */
export interface Accepted {
  readonly id: string
  readonly status: 'accepted' | 'duplicate'
}

/** A job that is being attempted. Whoever's lease has ended can no longer settle it. */
export interface LeasedJob {
  readonly id: string
  readonly channel: string
  readonly payload: string
  /**
   * 1 for the first. Counted when the job is handed out, so that one which kills its process comes to an end; a deferral is
   * not counted.
   */
  readonly attempt: number
  /** Whether an attempt before this one ended without a word: its message may have gone out. Stays so. */
  readonly isAmbiguous: boolean
  /** What the last outcome wrote about it. */
  readonly record: string | undefined
  /** Aborts when the lease was lost, or with {@link JobCancelled} when it is to be cancelled. */
  readonly signal: AbortSignal
}

/** The reason of {@link LeasedJob.signal} where somebody cancelled the job while it was being attempted. */
export class JobCancelled extends Error {
  override readonly name = 'JobCancelled'
}

/**
 * What became of an attempt. `defer` uses none of the attempts. `unknown`: the message may have gone out and nobody can tell;
 * it is kept as it is until somebody decides. `record` replaces what was written about the job before, and is kept with it.
 */
export type JobOutcome =
  | { readonly type: 'done' | 'dead' | 'unknown' | 'cancelled'; readonly record: string }
  | { readonly type: 'retry' | 'defer'; readonly delayMs: number; readonly record: string }

/** `ready` may be attempted now; `scheduled` waits for its time; the rest but `leased` have ended. */
export type JobState = 'ready' | 'scheduled' | 'leased' | EndState
export type EndState = 'done' | 'dead' | 'unknown' | 'cancelled'

export const END_STATES: readonly EndState[] = ['done', 'dead', 'unknown', 'cancelled']
export const JOB_STATES: readonly JobState[] = ['ready', 'scheduled', 'leased', ...END_STATES]

export interface JobView {
  readonly id: string
  readonly channel: string
  readonly payload: string
  readonly state: JobState
  /** How many were begun, deferrals not counted. */
  readonly attempts: number
  readonly record: string | undefined
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Not attempted before, in epoch milliseconds; of no meaning once it has ended. */
  readonly runAt: number
  /** Epoch milliseconds; absent until it has ended. */
  readonly endedAt: number | undefined
}

export type JobCounts = Readonly<Record<JobState, number>>

export interface JobFilter {
  readonly channel?: string | undefined
  readonly states?: readonly JobState[] | undefined
  readonly ids?: readonly string[] | undefined
  /** Only what ended before, in epoch milliseconds. */
  readonly endedBefore?: number | undefined
}

export interface JobPage {
  /** The oldest first, as far as the engine can tell. */
  readonly jobs: readonly JobView[]
  /** Hand it to `list` for the next page; absent on the last one. */
  readonly next: string | undefined
}

/** Who attempts the jobs of a channel. */
export interface JobWorker {
  /** How many are attempted at once in this process. */
  readonly concurrency: number
  /** Never rejects. Where it does all the same, the job is handed out again as one that ended without a word. */
  run(job: LeasedJob): Promise<JobOutcome>
  /** Told once an outcome is kept; not where the lease had been lost, because then another worker ends the job. */
  settled(job: LeasedJob, outcome: JobOutcome): void
}

export interface JobConsumer {
  /** Takes no further job on the channel for so many milliseconds: the provider asked for it. Uses no attempt. */
  throttle(ms: number): void
  /** Takes no more jobs. Resolves when those under way are settled. Safe to call twice. */
  close(): Promise<void>
}

/** What is kept of an accepted job. */
export interface OutboxPromises {
  /** What it survives; `unknown` where the server does not say. */
  readonly survives: 'nothing' | 'process-kill' | 'power-loss' | 'unknown'
  /** From where it may be used at the same time. */
  readonly reach: 'process' | 'host' | 'network'
  /** Whether `enqueue` can be part of the caller's own database transaction. */
  readonly transactions: boolean
}

export interface EnqueueInit {
  /** The caller's own database transaction: the jobs are kept when it commits, and were never there when it does not. */
  readonly transaction?: unknown
}

/** Every method but `open` is called after `open` has resolved, and none after `close`. */
export interface Outbox {
  /** @throws {NotifyError} INVALID_CONFIG where it cannot keep its promises here; UNAVAILABLE where it cannot be reached */
  open(channels: readonly string[]): Promise<void>
  readonly promises: OutboxPromises
  /**
   * Resolves once all of them are kept, in the order given, as {@link OutboxPromises} tells. Where it rejects, none is known to be.
   * @throws {NotifyError} UNAVAILABLE, fast where a server is away
   */
  enqueue(jobs: readonly OutboxJob[], init?: EnqueueInit): Promise<readonly Accepted[]>
  /** At most one worker per channel and outbox. The most urgent first, then the oldest. */
  consume(channel: string, worker: JobWorker): JobConsumer
  /** No worker, in whatever process, takes jobs of the channel until it is resumed; it survives restarts. */
  pause(channel: string): Promise<void>
  resume(channel: string): Promise<void>
  /** `signalled`: it is being attempted, and its worker was told. `gone`: there is none, or it has ended. */
  cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'>
  get(id: string): Promise<JobView | undefined>
  /** @param init `limit` at most 1_000. @default the first 100 */
  list(filter: JobFilter, init?: { readonly limit?: number; readonly after?: string }): Promise<JobPage>
  /** By channel. */
  counts(): Promise<Readonly<Record<string, JobCounts>>>
  /** Makes `dead` jobs ready again, and `unknown` ones where the filter's states name them, with no attempt used. @returns how many */
  replay(filter: JobFilter): Promise<number>
  /** Deletes jobs that have ended, by default of every end state. Their keys are held for their time all the same. @returns how many */
  purge(filter: JobFilter): Promise<number>
  /** What keeps it from keeping its promises, in a sentence each; empty where all is well. @throws {NotifyError} UNAVAILABLE */
  check(): Promise<readonly string[]>
  /** Closes its consumers, keeps what was accepted, frees files, sockets and timers. Safe to call twice. */
  close(): Promise<void>
}
