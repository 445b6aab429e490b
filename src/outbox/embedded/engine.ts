/** An outbox in a SQLite file: no server, and what it accepted survives a power loss. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type {
  Accepted,
  EnqueueInit,
  JobConsumer,
  JobCounts,
  JobFilter,
  JobPage,
  JobView,
  JobWorker,
  Outbox,
  OutboxJob,
} from '../../core/outbox.ts'
import { Consumer } from './consumer.ts'
import { insertWithin } from './caller-transaction.ts'
import { GroupCommit } from './group-commit.ts'
import { openHost, type Host } from './host.ts'
import { refuseNul } from './refuse-nul.ts'
import type { EmbeddedSettings } from './options.ts'
import { Watch } from './watch.ts'

export class EmbeddedOutbox implements Outbox {
  readonly promises = { survives: 'power-loss', reach: 'host', transactions: true } as const
  readonly #settings: EmbeddedSettings
  readonly #clock: Clock
  readonly #owner = randomUUID()
  readonly #consumers = new Map<string, Consumer>()
  #host: Host | undefined
  #group: GroupCommit | undefined
  #watch: Watch | undefined
  #lease = 0
  #closing: Promise<void> | undefined

  constructor(settings: EmbeddedSettings) {
    this.#settings = settings
    this.#clock = settings.clock
  }

  async open(): Promise<void> {
    const host = await openHost(this.#settings)
    const group = new GroupCommit((operations) => host.execute(operations))
    this.#host = host
    this.#group = group
    this.#watch = new Watch({
      ...{ group, settings: this.#settings, owner: this.#owner },
      consumers: () => [...this.#consumers.values()],
    })
    try {
      await this.#watch.start()
    } catch (cause) {
      this.#group = undefined
      await host.close()
      throw cause
    }
  }

  async enqueue(jobs: readonly OutboxJob[], { transaction }: EnqueueInit = {}): Promise<readonly Accepted[]> {
    const { file } = this.#settings
    refuseNul(jobs)
    if (transaction !== undefined) return insertWithin(transaction, { file, jobs, clock: this.#clock })
    const answers = await this.#call.call('insert', jobs)
    const now = this.#clock.now()
    for (const { channel, runAt = 0 } of jobs) {
      if (runAt > now) this.#watch?.dueAt(runAt)
      else this.#consumers.get(channel)?.wake()
    }
    return answers
  }

  consume(channel: string, worker: JobWorker): JobConsumer {
    const { leaseMs } = this.#settings
    if (this.#consumers.get(channel)?.isClosed === false) {
      throw new NotifyError('INVALID_CONFIG', `The channel "${channel}" has a worker in this outbox already`)
    }
    const consumer = new Consumer({
      ...{ channel, worker, leaseMs, owner: this.#owner, group: this.#call, clock: this.#clock },
      newLease: () => (this.#lease += 1),
      dueAt: (at) => this.#watch?.dueAt(at),
      onClosed: () => this.#forget(channel, consumer),
    })
    this.#consumers.set(channel, consumer)
    this.#watch?.consumersChanged()
    return consumer
  }

  #forget(channel: string, consumer: Consumer): void {
    if (this.#consumers.get(channel) === consumer) this.#consumers.delete(channel)
    this.#watch?.consumersChanged()
  }

  async pause(channel: string): Promise<void> {
    await this.#call.call('pause', channel)
  }

  async resume(channel: string): Promise<void> {
    await this.#call.call('resume', channel)
    this.#consumers.get(channel)?.wake()
  }

  async cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    const answer = await this.#call.call('cancel', id)
    if (answer === 'signalled') for (const consumer of this.#consumers.values()) consumer.cancel(id)
    return answer
  }

  get(id: string): Promise<JobView | undefined> {
    return this.#call.call('get', id)
  }

  list(filter: JobFilter, init: { readonly limit?: number; readonly after?: string } = {}): Promise<JobPage> {
    return this.#call.call('list', filter, init.limit ?? 100, init.after)
  }

  counts(): Promise<Readonly<Record<string, JobCounts>>> {
    return this.#call.call('counts')
  }

  async replay(filter: JobFilter): Promise<number> {
    const count = await inSlices(() => this.#call.call('replay', filter))
    for (const consumer of this.#consumers.values()) consumer.wake()
    return count
  }

  purge(filter: JobFilter): Promise<number> {
    return inSlices(() => this.#call.call('purge', filter))
  }

  check(): Promise<readonly string[]> {
    return this.#call.call('check')
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()))
    this.#watch?.stop()
    const group = this.#group
    this.#group = undefined
    // Behind what was asked for so far.
    await group?.call('version')
    await this.#host?.close()
  }

  get #call(): GroupCommit {
    if (this.#group) return this.#group
    throw new NotifyError('CLOSED', 'The outbox is not open')
  }
}

/** Others get their turn in between. */
async function inSlices(slice: () => Promise<number>): Promise<number> {
  let all = 0
  for (let count = await slice(); count > 0; count = await slice()) all += count
  return all
}
