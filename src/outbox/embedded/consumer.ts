/** Takes the jobs of one channel, as many at a time as its worker may have, and hands back what became of them. */
import type { Clock, Timer } from '../../core/clock.ts'
import {
  JobCancelled,
  type JobConsumer,
  type JobOutcome,
  type JobWorker,
  type LeasedJob,
} from '../../core/outbox.ts'
import type { GroupCommit } from './group-commit.ts'
import type { ClaimedJob, Held } from './store.ts'

export interface ConsumerInit {
  readonly channel: string
  readonly worker: JobWorker
  readonly owner: string
  readonly leaseMs: number
  readonly group: GroupCommit
  readonly clock: Clock
  /** A number that no other claim of this owner has. */
  readonly newLease: () => number
  /** Told when a job is to be attempted later, in epoch milliseconds. */
  readonly dueAt: (at: number) => void
  readonly onClosed: () => void
}

/** How long a job waits whose attempt ended without a word. */
const MUTE_MS = 1_000

interface UnderWay {
  readonly held: Held
  readonly controller: AbortController
}

export class Consumer implements JobConsumer {
  readonly #init: ConsumerInit
  /** By their id. */
  readonly #underWay = new Map<string, UnderWay>()
  /** Ended, and not yet noted down because the file failed: their leases are kept. */
  readonly #unsettled = new Map<string, Held>()
  /** Who waits for the next look at the file. */
  #waiting: (() => void)[] = []
  #hasFailed = false
  /** Outcomes on their way to the disk. */
  readonly #settling = new Set<Promise<void>>()
  readonly #leave: () => void
  #isHungry = true
  #isClaiming = false
  #isClosed = false
  #throttledUntil = 0
  #throttle: Timer | undefined
  #emptied: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(init: ConsumerInit) {
    this.#init = init
    this.#leave = init.group.beforeEach(() => this.#claim())
    this.wake()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** There may be something to do. */
  wake(): void {
    this.#isHungry = true
    if (this.#mayClaim()) this.#init.group.arm()
  }

  /** The file is looked at again: what failed before may work now. */
  retry(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
    if (!this.#hasFailed) return
    this.#hasFailed = false
    this.wake()
  }

  throttle(ms: number): void {
    const { clock } = this.#init
    const until = clock.monotonic() + ms
    if (until <= this.#throttledUntil) return
    this.#throttledUntil = until
    this.#throttle?.cancel()
    this.#throttle = clock.setTimeout(() => {
      // A timer may fire a moment early; there is no other to come.
      this.#throttledUntil = 0
      this.wake()
    }, ms)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#throttle?.cancel()
    this.retry()
    while (this.#underWay.size > 0 || this.#isClaiming || this.#settling.size > 0) {
      await new Promise<void>((resolve) => (this.#emptied = resolve))
    }
    this.#leave()
    this.#init.onClosed()
  }

  /** What it holds now. */
  held(): Held[] {
    return [...Array.from(this.#underWay.values(), ({ held }) => held), ...this.#unsettled.values()]
  }

  cancel(id: string): void {
    this.#underWay.get(id)?.controller.abort(new JobCancelled('The job was cancelled'))
  }

  /** Another worker has it now, or will have. */
  lose({ id, lease }: Held): void {
    const attempt = this.#underWay.get(id)
    // Under another lease it is the next attempt, which is well.
    if (attempt?.held.lease === lease) attempt.controller.abort(new Error('The lease was lost'))
  }

  #mayClaim(): boolean {
    const isThrottled = this.#init.clock.monotonic() < this.#throttledUntil
    return this.#isHungry && !this.#isClaiming && !this.#isClosed && !isThrottled && this.#free > 0
  }

  get #free(): number {
    // What is not noted down yet takes its place: on a file that fails, no more is attempted than was under way.
    return this.#init.worker.concurrency - this.#underWay.size - this.#unsettled.size
  }

  /** Is part of the group that is being closed, together with the outcomes that made room. */
  #claim(): void {
    if (!this.#mayClaim()) return
    const { group, channel, owner, leaseMs, newLease } = this.#init
    const limit = this.#free
    this.#isHungry = false
    this.#isClaiming = true
    const claiming = group.call('claim', { channel, limit, owner, lease: newLease(), leaseMs })
    claiming.then(
      (jobs) => this.#take(jobs, limit),
      () => {
        this.#hasFailed = true
        this.#take([], limit)
      },
    )
  }

  #take(jobs: readonly ClaimedJob[], limit: number): void {
    this.#isClaiming = false
    for (const job of jobs) void this.#attempt(job)
    // There may be more than there was room for.
    if (jobs.length === limit) this.wake()
    this.#tellIfEmpty()
  }

  async #attempt(job: ClaimedJob): Promise<void> {
    const { channel, owner, worker } = this.#init
    const { id, payload, attempt, isAmbiguous, record, lease } = job
    const controller = new AbortController()
    const held = { id, owner, lease }
    this.#underWay.set(id, { held, controller })
    if (job.isCancelled) this.cancel(id)
    const leased = { id, channel, payload, attempt, isAmbiguous, record, signal: controller.signal }
    let outcome: JobOutcome | undefined
    try {
      outcome = await worker.run(leased)
    } catch {
      outcome = undefined
    }
    this.#underWay.delete(id)
    const settling = this.#settle(held, leased, outcome)
    this.#settling.add(settling)
    void settling.finally(() => {
      this.#settling.delete(settling)
      this.#tellIfEmpty()
    })
    this.wake()
  }

  /** Never rejects: what cannot be noted down now is noted down when the file works again. */
  async #settle(held: Held, job: LeasedJob, outcome: JobOutcome | undefined): Promise<void> {
    for (;;) {
      try {
        await this.#note(held, job, outcome)
        break
      } catch {
        // Its lease tells the next worker that the attempt ended without a word.
        if (this.#isClosed) break
        this.#unsettled.set(held.id, held)
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
    }
    if (this.#unsettled.delete(held.id)) this.wake()
  }

  async #note(held: Held, job: LeasedJob, outcome: JobOutcome | undefined): Promise<void> {
    const { group, worker, clock, dueAt, leaseMs } = this.#init
    if (!outcome) {
      await group.call('giveUp', held, Math.min(leaseMs, MUTE_MS))
      return dueAt(clock.now() + MUTE_MS)
    }
    if (!(await group.call('settle', held, outcome))) return
    if (outcome.type === 'retry' || outcome.type === 'defer') dueAt(clock.now() + outcome.delayMs)
    worker.settled(job, outcome)
  }

  #tellIfEmpty(): void {
    this.#emptied?.()
  }
}
