/** A shared outbox with a file in front of it. */
import { NotifyError } from '../../core/errors.ts'
import {
  JOB_STATES,
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
  type LeasedJob,
  type Outbox,
  type OutboxJob,
  type OutboxPromises,
} from '../../core/outbox.ts'
import type { SpillSettings } from './options.ts'
import { LateConsumer } from './late-consumer.ts'
import { isAway, SharedSide } from './shared-side.ts'
import { unwrapped, viewOf, wrapped } from './spilled-job.ts'

/** How many are handed on at once. */
const CONCURRENCY = 20
const WAITING: readonly JobState[] = ['ready', 'scheduled', 'leased']
/** What a cursor begins with, by the side that it is of. */
const [LOCAL, SHARED] = ['local:', 'shared:']
const STRENGTH = ['nothing', 'unknown', 'process-kill', 'power-loss'] as const

export class SpillOutbox implements Outbox {
  readonly #settings: SpillSettings
  readonly #local: Outbox
  readonly #consumers: LateConsumer[] = []
  readonly #forwarders: JobConsumer[] = []
  #shared: SharedSide | undefined
  #closing: Promise<void> | undefined

  constructor(settings: SpillSettings) {
    this.#settings = settings
    this.#local = settings.local
  }

  /** A job lies in one or the other: what both survive is what is promised. */
  get promises(): OutboxPromises {
    const { local, shared } = this.#settings
    const strengths = [local, shared].map(({ promises }) => STRENGTH.indexOf(promises.survives))
    const survives = STRENGTH[Math.min(...strengths)] ?? 'unknown'
    return { ...shared.promises, survives }
  }

  async open(channels: readonly string[]): Promise<void> {
    const { shared, retryMs, clock } = this.#settings
    await this.#local.open(channels)
    this.#shared = new SharedSide({
      ...{ outbox: shared, channels, retryMs, clock },
      opened: () => this.#start(channels),
    })
    await this.#shared.open()
  }

  async enqueue(jobs: readonly OutboxJob[], init: EnqueueInit = {}): Promise<readonly Accepted[]> {
    try {
      return await this.#side.get().enqueue(jobs, init)
    } catch (cause) {
      // The caller's transaction is in the server that is away.
      if (!isAway(cause) || init.transaction !== undefined) throw cause
      return this.#local.enqueue(jobs.map(wrapped))
    }
  }

  consume(channel: string, worker: JobWorker): JobConsumer {
    const consumer = new LateConsumer((shared) => shared.consume(channel, worker))
    this.#consumers.push(consumer)
    this.#whenOpen((shared) => consumer.start(shared))
    return consumer
  }

  async pause(channel: string): Promise<void> {
    await this.#side.get().pause(channel)
  }

  async resume(channel: string): Promise<void> {
    await this.#side.get().resume(channel)
  }

  async cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    if ((await this.#local.cancel(id)) === 'cancelled') return 'cancelled'
    return this.#side.get().cancel(id)
  }

  async get(id: string): Promise<JobView | undefined> {
    const spilled = await this.#local.get(id)
    if (spilled && WAITING.includes(spilled.state)) return viewOf(spilled, this.#settings.clock.now())
    if (spilled?.state === 'cancelled') return { ...spilled, payload: unwrapped(spilled.payload).payload }
    return this.#side.get().get(id)
  }

  /** What waits in the file comes first. */
  async list(
    filter: JobFilter,
    init: { readonly limit?: number; readonly after?: string } = {},
  ): Promise<JobPage> {
    const { limit = 100, after = LOCAL } = init
    if (after.startsWith(LOCAL)) {
      const page = await this.#listLocal(filter, { limit, after: after.slice(LOCAL.length) })
      if (page) return page
    }
    const place = after.startsWith(SHARED) ? after.slice(SHARED.length) : ''
    const { jobs, next } = await this.#side
      .get()
      .list(filter, { limit, ...(place !== '' && { after: place }) })
    return { jobs, next: next === undefined ? undefined : SHARED + next }
  }

  /** Nothing where nothing waits in the file. */
  async #listLocal(
    filter: JobFilter,
    { limit, after }: { readonly limit: number; readonly after: string },
  ): Promise<JobPage | undefined> {
    const init = { limit, ...(after !== '' && { after }) }
    const { jobs, next } = await this.#local.list({ ...filter, states: WAITING }, init)
    if (jobs.length === 0) return undefined
    const now = this.#settings.clock.now()
    const views = jobs.map((job) => viewOf(job, now))
    const wanted = views.filter(({ state }) => filter.states?.includes(state) ?? true)
    return { jobs: wanted, next: next === undefined ? SHARED : LOCAL + next }
  }

  async counts(): Promise<Readonly<Record<string, JobCounts>>> {
    const [local, shared] = await Promise.all([this.#local.counts(), this.#side.get().counts()])
    const names = new Set([...Object.keys(local), ...Object.keys(shared)])
    return Object.fromEntries(Array.from(names, (name) => [name, sum(local[name], shared[name])]))
  }

  async replay(filter: JobFilter): Promise<number> {
    return this.#side.get().replay(filter)
  }

  async purge(filter: JobFilter): Promise<number> {
    await this.#local.purge({ ...filter, states: ['done'] })
    return this.#side.get().purge(filter)
  }

  async check(): Promise<readonly string[]> {
    return [...(await this.#local.check()), ...(await this.#side.get().check())]
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all(this.#forwarders.map((forwarder) => forwarder.close()))
    await Promise.all(this.#consumers.map((consumer) => consumer.close()))
    await this.#shared?.close()
    await this.#local.close()
  }

  get #side(): SharedSide {
    if (this.#shared && !this.#closing) return this.#shared
    throw new NotifyError('CLOSED', 'The outbox is not open')
  }

  #whenOpen(run: (shared: Outbox) => void): void {
    try {
      run(this.#side.get())
    } catch (cause) {
      if (!isAway(cause)) throw cause
    }
  }

  #start(channels: readonly string[]): void {
    for (const consumer of this.#consumers) consumer.start(this.#settings.shared)
    for (const channel of channels) this.#forward(channel)
  }

  #forward(channel: string): void {
    const { retryMs } = this.#settings
    const forwarder = this.#local.consume(channel, {
      concurrency: CONCURRENCY,
      run: async (job) => {
        const outcome = await this.#handOn(job)
        // One that is away is away for all of them.
        if (outcome.type === 'defer') forwarder.throttle(retryMs)
        return outcome
      },
      settled: () => undefined,
    })
    this.#forwarders.push(forwarder)
  }

  async #handOn({ id, payload }: LeasedJob): Promise<JobOutcome> {
    const { shared, retryMs } = this.#settings
    try {
      const [answer] = await shared.enqueue([unwrapped(payload)])
      // Another host was told of the same key while the server was away: that one is delivered, and this one is not.
      const isTaken = answer?.status === 'duplicate' && answer.id !== id
      return { type: isTaken ? 'cancelled' : 'done', record: '' }
    } catch {
      return { type: 'defer', delayMs: retryMs, record: '' }
    }
  }
}

/** What has ended in the file has been handed on. */
function sum(local: JobCounts | undefined, shared: JobCounts | undefined): JobCounts {
  const waiting = WAITING.reduce((all, state) => all + (local?.[state] ?? 0), 0)
  const entries = JOB_STATES.map((state) => [
    state,
    (shared?.[state] ?? 0) + (state === 'ready' ? waiting : 0),
  ])
  return Object.fromEntries(entries) as JobCounts
}
