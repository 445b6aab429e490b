/** An outbox that keeps its jobs in this process, and loses them with it: for tests, and as the model for an engine of your own. */
import { systemClock, type Clock, type Timer } from '../core/clock.ts'
import {
  END_STATES,
  JOB_STATES,
  JobCancelled,
  type Accepted,
  type EnqueueInit,
  type JobConsumer,
  type JobCounts,
  type JobFilter,
  type JobOutcome,
  type JobPage,
  type JobState,
  type JobView,
  type JobWorker,
  type Outbox,
  type OutboxJob,
} from '../core/outbox.ts'
import { invalid } from '../core/parse.ts'

const KEY_TTL_MS = 86_400_000
/** How long a job waits whose attempt ended without a word. */
const AMBIGUOUS_MS = 1_000

interface Job extends JobView {
  readonly seq: number
  readonly priority: number
  state: JobState
  attempts: number
  isAmbiguous: boolean
  record: string | undefined
  runAt: number
  endedAt: number | undefined
  controller: AbortController | undefined
}

/** Jobs are kept in the order of their age. */
class MemoryOutbox implements Outbox {
  readonly promises = { survives: 'nothing', reach: 'process', transactions: false } as const
  readonly #clock: Clock
  readonly #jobs = new Map<string, Job>()
  readonly #keys = new Map<string, { readonly id: string; readonly until: number }>()
  readonly #paused = new Set<string>()
  readonly #consumers = new Map<string, Consumer>()
  #seq = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  open(): Promise<void> {
    return Promise.resolve()
  }

  async enqueue(jobs: readonly OutboxJob[], { transaction }: EnqueueInit = {}): Promise<Accepted[]> {
    if (transaction !== undefined) {
      throw invalid('INVALID_CONFIG', [
        { path: 'transaction', message: 'cannot include an outbox in memory' },
      ])
    }
    const answers = jobs.map((job) => this.#insert(job))
    for (const consumer of this.#consumers.values()) consumer.wake()
    return Promise.resolve(answers)
  }

  #insert({
    id,
    channel,
    payload,
    key,
    keyTtlMs = KEY_TTL_MS,
    priority = 0,
    runAt = 0,
  }: OutboxJob): Accepted {
    const now = this.#clock.now()
    const holder = key === undefined ? undefined : this.#keys.get(key)
    if (holder && holder.until > now) return { id: holder.id, status: 'duplicate' }
    if (this.#jobs.has(id)) return { id, status: 'duplicate' }
    if (key !== undefined) this.#keys.set(key, { id, until: now + keyTtlMs })
    this.#seq += 1
    const state = runAt > now ? 'scheduled' : 'ready'
    const job: Job = {
      ...{ seq: this.#seq, id, channel, payload, priority, state, attempts: 0, isAmbiguous: false },
      ...{
        record: undefined,
        createdAt: now,
        runAt: Math.max(now, runAt),
        endedAt: undefined,
        controller: undefined,
      },
    }
    this.#jobs.set(id, job)
    return { id, status: 'accepted' }
  }

  consume(channel: string, worker: JobWorker): JobConsumer {
    if (this.#consumers.get(channel)?.isClosed === false) {
      throw invalid('INVALID_CONFIG', [{ path: channel, message: 'has a worker in this outbox already' }])
    }
    const consumer = new Consumer({
      ...{ worker, clock: this.#clock },
      next: () => (this.#paused.has(channel) ? undefined : this.#nextOf(channel)),
      dueAt: () => this.#dueAt(channel),
    })
    this.#consumers.set(channel, consumer)
    consumer.wake()
    return consumer
  }

  #nextOf(channel: string): Job | undefined {
    const now = this.#clock.now()
    const due = [...this.#jobs.values()].filter((job) => {
      if (job.state === 'scheduled' && job.runAt <= now) job.state = 'ready'
      return job.channel === channel && job.state === 'ready'
    })
    return due.sort((a, b) => b.priority - a.priority || a.seq - b.seq)[0]
  }

  #dueAt(channel: string): number {
    const times = [...this.#jobs.values()].flatMap(({ channel: own, state, runAt }) =>
      own === channel && state === 'scheduled' ? [runAt] : [],
    )
    return Math.min(Number.POSITIVE_INFINITY, ...times)
  }

  pause(channel: string): Promise<void> {
    this.#paused.add(channel)
    return Promise.resolve()
  }

  resume(channel: string): Promise<void> {
    this.#paused.delete(channel)
    this.#consumers.get(channel)?.wake()
    return Promise.resolve()
  }

  cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    const job = this.#jobs.get(id)
    if (job?.state === 'leased') {
      job.controller?.abort(new JobCancelled('The job was cancelled'))
      return Promise.resolve('signalled')
    }
    if (job?.state !== 'ready' && job?.state !== 'scheduled') return Promise.resolve('gone')
    Object.assign(job, { state: 'cancelled', endedAt: this.#clock.now() })
    return Promise.resolve('cancelled')
  }

  get(id: string): Promise<JobView | undefined> {
    const job = this.#jobs.get(id)
    return Promise.resolve(job && viewOf(job))
  }

  list(filter: JobFilter, init: { readonly limit?: number; readonly after?: string } = {}): Promise<JobPage> {
    const { limit = 100, after = '0' } = init
    const found = this.#found(filter).filter(({ seq }) => seq > Number(after))
    const jobs = found.slice(0, limit)
    const next = found.length > limit ? String(jobs.at(-1)?.seq) : undefined
    return Promise.resolve({ jobs: jobs.map(viewOf), next })
  }

  #found({ channel, states, ids, endedBefore = Number.POSITIVE_INFINITY }: JobFilter): Job[] {
    const isOld = ({ endedAt = endedBefore }: Job) =>
      endedBefore === Number.POSITIVE_INFINITY || endedAt < endedBefore
    return [...this.#jobs.values()].filter((job) => {
      const isWanted = (channel ?? job.channel) === job.channel && (states?.includes(job.state) ?? true)
      return isWanted && isOld(job) && (ids?.includes(job.id) ?? true)
    })
  }

  counts(): Promise<Record<string, JobCounts>> {
    const counts: Record<string, Record<JobState, number>> = {}
    for (const { channel, state } of this.#jobs.values()) {
      const none = Object.fromEntries(JOB_STATES.map((name) => [name, 0])) as Record<JobState, number>
      ;(counts[channel] ??= none)[state] += 1
    }
    return Promise.resolve(counts)
  }

  replay(filter: JobFilter): Promise<number> {
    const { states = ['dead'] } = filter
    const found = this.#found({ ...filter, states: states.filter((s) => s === 'dead' || s === 'unknown') })
    for (const job of found) {
      Object.assign(job, { state: 'ready', attempts: 0, endedAt: undefined, isAmbiguous: false })
    }
    for (const consumer of this.#consumers.values()) consumer.wake()
    return Promise.resolve(found.length)
  }

  purge(filter: JobFilter): Promise<number> {
    const ended: readonly JobState[] = END_STATES
    const states = (filter.states ?? ended).filter((state) => ended.includes(state))
    const found = this.#found({ ...filter, states })
    for (const { id } of found) this.#jobs.delete(id)
    return Promise.resolve(found.length)
  }

  check(): Promise<string[]> {
    return Promise.resolve([])
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()))
  }
}

interface ConsumerInit {
  readonly worker: JobWorker
  readonly clock: Clock
  readonly next: () => Job | undefined
  /** When the next job that waits is due, in epoch milliseconds. */
  readonly dueAt: () => number
}

class Consumer implements JobConsumer {
  readonly #init: ConsumerInit
  readonly #underWay = new Set<Promise<void>>()
  #timer: Timer | undefined
  #throttledUntil = 0
  #isClosed = false

  constructor(init: ConsumerInit) {
    this.#init = init
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  wake(): void {
    const { worker, clock, next, dueAt } = this.#init
    this.#timer?.cancel()
    if (this.#isClosed) return
    const heldMs = this.#throttledUntil - clock.monotonic()
    while (heldMs <= 0 && this.#underWay.size < worker.concurrency) {
      const job = next()
      if (!job) break
      const attempt = this.#attempt(job).finally(() => {
        this.#underWay.delete(attempt)
        this.wake()
      })
      this.#underWay.add(attempt)
    }
    const waitMs = heldMs > 0 ? heldMs : dueAt() - clock.now()
    if (Number.isFinite(waitMs))
      this.#timer = clock.setTimeout(() => this.wake(), Math.min(Math.max(1, waitMs), 1e9))
  }

  throttle(ms: number): void {
    this.#throttledUntil = Math.max(this.#throttledUntil, this.#init.clock.monotonic() + ms)
    this.wake()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await Promise.all(this.#underWay)
  }

  async #attempt(job: Job): Promise<void> {
    const { worker, clock } = this.#init
    const controller = new AbortController()
    Object.assign(job, { state: 'leased', attempts: job.attempts + 1, controller })
    const { id, channel, payload, attempts: attempt, isAmbiguous, record } = job
    const leased = { id, channel, payload, attempt, isAmbiguous, record, signal: controller.signal }
    let outcome: JobOutcome
    try {
      outcome = await worker.run(leased)
    } catch {
      return void Object.assign(job, {
        ...{
          state: 'scheduled',
          isAmbiguous: true,
          runAt: clock.now() + AMBIGUOUS_MS,
          controller: undefined,
        },
      })
    }
    settle(job, outcome, clock.now())
    worker.settled(leased, outcome)
  }
}

function settle(job: Job, outcome: JobOutcome, now: number): void {
  Object.assign(job, { record: outcome.record, controller: undefined })
  if (outcome.type !== 'retry' && outcome.type !== 'defer') {
    return void Object.assign(job, { state: outcome.type, endedAt: now })
  }
  if (outcome.type === 'defer') job.attempts -= 1
  Object.assign(job, { state: 'scheduled', runAt: now + outcome.delayMs })
}

function viewOf({ id, channel, payload, state, attempts, record, createdAt, runAt, endedAt }: Job): JobView {
  return { id, channel, payload, state, attempts, record, createdAt, runAt, endedAt }
}

/** Nothing of it survives the process. */
export function memoryOutbox({ clock = systemClock }: { readonly clock?: Clock } = {}): Outbox {
  return new MemoryOutbox(clock)
}
