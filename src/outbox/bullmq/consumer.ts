/** Attempts the jobs of a channel, through a BullMQ worker. */
import type { Clock } from '../../core/clock.ts'
import {
  JobCancelled,
  type JobConsumer,
  type JobOutcome,
  type JobWorker,
  type LeasedJob,
} from '../../core/outbox.ts'
import type { Engine, QueueWorker } from './engine.ts'
import { fromJobId } from './names.ts'
import {
  endedAttempts,
  isAmbiguous,
  traceOf,
  writeTrace,
  type StoredJob,
  type StoredResult,
} from './stored.ts'

/** BullMQ ends no job of ours by itself: neither for its attempts, nor for workers that were lost. */
export const NEVER = 1_000_000_000
/** How long until a job is handed out again whose `run` rejected, in milliseconds. */
const WORDLESS_DELAY_MS = 1_000
const RECONNECT_MS = 1_000
const TRIM_EVERY = 1_000

export interface ConsumerInit {
  readonly engine: Engine
  readonly channel: string
  readonly queueName: string
  readonly worker: JobWorker
  readonly leaseMs: number
  readonly deadMs: number
  readonly clock: Clock
}

/** Tells BullMQ what became of an attempt. */
class AttemptEnd extends Error {
  readonly delayMs: number

  constructor(trace: string, delayMs = 0) {
    super(trace)
    this.delayMs = delayMs
    // BullMQ would keep it with the job, again at every attempt.
    Object.defineProperty(this, 'stack', { value: undefined })
  }
}

/** BullMQ knows these by their names. */
class FinalEnd extends AttemptEnd {
  override readonly name = 'UnrecoverableError'
}
class PutBack extends Error {
  override readonly name = 'WaitingError'
}
class Deferred extends Error {
  override readonly name = 'DelayedError'
}

interface Attempt {
  readonly leased: LeasedJob
  /** Absent until it has ended. */
  outcome?: JobOutcome
}

export class BullmqConsumer implements JobConsumer {
  readonly #init: ConsumerInit
  readonly #worker: QueueWorker
  /** What is being attempted, by the ids of the jobs. */
  readonly #underWay = new Map<string, AbortController>()
  readonly #attempts = new WeakMap<StoredJob, Attempt>()
  #throttledUntil = 0
  #isClosing = false
  #done = 0

  constructor(init: ConsumerInit) {
    this.#init = init
    const { engine, queueName, worker, leaseMs, deadMs } = init
    this.#worker = engine.worker(queueName, (job, token = '') => this.#process(job, token), {
      concurrency: worker.concurrency,
      lockDuration: leaseMs,
      stalledInterval: Math.min(leaseMs / 2, 10_000),
      maxStalledCount: NEVER,
      runRetryDelay: RECONNECT_MS,
      removeOnFail: { age: Math.ceil(deadMs / 1_000) },
      settings: { backoffStrategy: (...told) => this.#delayOf(told[2], told[3] as StoredJob) },
    })
    this.#listen()
  }

  throttle(ms: number): void {
    this.#throttledUntil = Math.max(this.#throttledUntil, this.#init.clock.now() + ms)
    // A job that comes before this is heard is put back.
    this.#limit().catch(() => undefined)
  }

  cancel(jobId: string): void {
    this.#underWay.get(jobId)?.abort(new JobCancelled())
  }

  async close(): Promise<void> {
    this.#isClosing = true
    await this.#worker.close()
  }

  #listen(): void {
    const worker = this.#worker
    worker.on('error', () => undefined)
    worker.on('completed', (job) => this.#tell(job))
    worker.on('failed', (job, error) => {
      if (job && (error as unknown) instanceof AttemptEnd) this.#tell(job)
    })
    worker.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) this.#underWay.get(jobId)?.abort(new Error('The lease was lost'))
    })
  }

  async #limit(): Promise<void> {
    const left = this.#throttledUntil - this.#init.clock.now()
    if (left > 0) await this.#worker.rateLimit(Math.ceil(left))
  }

  async #process(job: StoredJob, token: string): Promise<StoredResult> {
    if (this.#isClosing) {
      // BullMQ was waiting for a job when it was told to close.
      await this.#worker.backend.moveJobFromActiveToWait(job.id ?? '', token)
      throw new PutBack()
    }
    if (this.#throttledUntil > this.#init.clock.now()) {
      await this.#limit()
      throw new RateLimited()
    }
    const controller = new AbortController()
    const jobId = job.id ?? ''
    const leased = this.#lease(job, controller.signal)
    this.#attempts.set(job, { leased })
    this.#underWay.set(jobId, controller)
    if (job.data.isCancelled === true) controller.abort(new JobCancelled())
    try {
      const outcome = await this.#init.worker.run(leased)
      if (outcome.type === 'defer') await this.#defer(job, token, outcome)
      this.#attempts.set(job, { leased, outcome })
      return this.#end(leased, outcome)
    } finally {
      // Where the lease was lost the job may be under way again.
      if (this.#underWay.get(jobId) === controller) this.#underWay.delete(jobId)
    }
  }

  #lease(job: StoredJob, signal: AbortSignal): LeasedJob {
    return {
      id: fromJobId(job.id ?? ''),
      channel: this.#init.channel,
      payload: job.data.payload,
      attempt: endedAttempts(job) + 1,
      isAmbiguous: isAmbiguous(job),
      record: traceOf(job).record,
      signal,
    }
  }

  /** @throws what BullMQ is to hear, unless it is done */
  #end({ isAmbiguous }: LeasedJob, outcome: JobOutcome): StoredResult {
    const { type, record } = outcome
    if (type === 'done') return { record }
    if (type === 'defer') throw new Deferred()
    if (type !== 'retry') throw new FinalEnd(writeTrace({ end: type, record, isAmbiguous }))
    const delayMs = Math.ceil(outcome.delayMs)
    throw new AttemptEnd(
      writeTrace({ record, isAmbiguous, runAt: this.#init.clock.now() + delayMs }),
      delayMs,
    )
  }

  async #defer(job: StoredJob, token: string, outcome: Extract<JobOutcome, { type: 'retry' | 'defer' }>) {
    const delayMs = Math.ceil(outcome.delayMs)
    const now = this.#init.clock.now()
    const trace = { record: outcome.record, runAt: now + delayMs, isAmbiguous: isAmbiguous(job) }
    await this.#worker.backend.moveToDelayed(job.id ?? '', now, delayMs, token, {
      skipAttempt: true,
      fieldsToUpdate: { failedReason: writeTrace(trace) },
    })
    const attempt = this.#attempts.get(job)
    if (attempt) this.#init.worker.settled(attempt.leased, outcome)
  }

  /** Asked by BullMQ where an attempt failed: by its outcome, or because `run` rejected or the outcome could not be kept. */
  #delayOf(error: Error | undefined, job: StoredJob): number {
    if (error instanceof AttemptEnd) return error.delayMs
    // This is what BullMQ writes: what was known of the job stays, and that nobody knows more.
    const record = this.#attempts.get(job)?.leased.record
    job.failedReason = writeTrace({ record, isAmbiguous: true })
    return WORDLESS_DELAY_MS
  }

  #tell(job: StoredJob): void {
    const { leased, outcome } = this.#attempts.get(job) ?? {}
    if (!leased || !outcome) return
    this.#init.worker.settled(leased, outcome)
    if (outcome.type === 'done') this.#trimNowAndThen()
  }

  #trimNowAndThen(): void {
    this.#done += 1
    if (this.#done % TRIM_EVERY !== 1) return
    const { engine, queueName } = this.#init
    engine.trim(engine.queue(queueName)).catch(() => undefined)
  }
}

/** BullMQ puts the job back, and counts no attempt; it knows it by this text. */
class RateLimited extends Error {
  constructor() {
    super('bullmq:rateLimitExceeded')
  }
}
