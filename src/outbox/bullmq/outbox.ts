/** An outbox that many hosts share, through BullMQ. */
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
  OutboxPromises,
} from '../../core/outbox.ts'
import { loadPeer } from '../../core/peer.ts'
import type { QueueEvents } from 'bullmq'
import { BullmqConsumer } from './consumer.ts'
import { enqueue } from './enqueue.ts'
import type { Engine } from './engine.ts'
import { orUnavailable } from './failures.ts'
import { CONTROL_QUEUE, toJobId, toQueueName } from './names.ts'
import type { Settings } from './options.ts'
import { counts, find, list, type Queues } from './reading.ts'
import { TurnBatch } from './turn-batch.ts'
import { cancel, CANCEL_EVENT, purge, replay, type CancelEvent } from './steering.ts'

export class BullmqOutbox implements Outbox {
  readonly #settings: Settings
  readonly #consumers = new Map<string, BullmqConsumer>()
  readonly #batch = new TurnBatch((jobs) => {
    return orUnavailable(() => enqueue(this.#opened(), jobs, this.#settings.clock))
  })
  #engine: Engine | undefined
  #queues: Queues = new Map()
  #events: QueueEvents | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get promises(): OutboxPromises {
    const transactions = this.#settings.place.postgres !== undefined
    return this.#engine?.promises ?? { survives: 'unknown', reach: 'network', transactions }
  }

  async open(channels: readonly string[]): Promise<void> {
    const engine = await newEngine(this.#settings)
    await engine.open(channels.length)
    this.#engine = engine
    this.#queues = new Map(channels.map((channel) => [channel, engine.queue(toQueueName(channel))]))
  }

  async enqueue(jobs: readonly OutboxJob[], init: EnqueueInit = {}): Promise<readonly Accepted[]> {
    const engine = this.#opened()
    const { transaction } = init
    if (transaction === undefined) return this.#batch.enqueue(jobs)
    const { clock } = this.#settings
    return orUnavailable(() => engine.within(transaction, (inside) => enqueue(inside, jobs, clock)))
  }

  consume(channel: string, worker: JobWorker): JobConsumer {
    if (this.#consumers.has(channel)) {
      throw new NotifyError('INVALID_CONFIG', `The channel "${channel}" has a worker in this outbox already`)
    }
    const { leaseMs, deadMs, clock } = this.#settings
    const engine = this.#opened()
    this.#listen(engine)
    const queueName = toQueueName(channel)
    const consumer = new BullmqConsumer({ engine, channel, queueName, worker, leaseMs, deadMs, clock })
    this.#consumers.set(channel, consumer)
    return {
      throttle: (ms) => consumer.throttle(ms),
      close: async () => {
        await consumer.close()
        if (this.#consumers.get(channel) === consumer) this.#consumers.delete(channel)
      },
    }
  }

  pause(channel: string): Promise<void> {
    return orUnavailable(() => this.#opened().queue(toQueueName(channel)).pause())
  }

  resume(channel: string): Promise<void> {
    return orUnavailable(() => this.#opened().queue(toQueueName(channel)).resume())
  }

  async cancel(id: string): Promise<'cancelled' | 'signalled' | 'gone'> {
    return orUnavailable(() => cancel(this.#opened(), this.#queues, id))
  }

  async get(id: string): Promise<JobView | undefined> {
    return (await orUnavailable(() => find(this.#queues, id)))?.view
  }

  list(filter: JobFilter, init: { readonly limit?: number; readonly after?: string } = {}): Promise<JobPage> {
    return orUnavailable(() => list(this.#queues, filter, init))
  }

  counts(): Promise<Readonly<Record<string, JobCounts>>> {
    return orUnavailable(() => counts(this.#opened(), this.#queues))
  }

  replay(filter: JobFilter): Promise<number> {
    return orUnavailable(() => replay(this.#queues, filter))
  }

  purge(filter: JobFilter): Promise<number> {
    return orUnavailable(() => purge(this.#opened(), this.#queues, filter))
  }

  check(): Promise<readonly string[]> {
    return orUnavailable(() => this.#opened().warnings())
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    if (this.#engine) await this.#batch.flush()
    const consumers = Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()))
    await this.#orLeaseOver(consumers)
    this.#engine?.cut()
    await this.#events?.close().catch(() => undefined)
    await this.#engine?.close()
  }

  /** Where the server is away what was attempted cannot be settled; when its lease is over another attempts it. */
  async #orLeaseOver(closed: Promise<unknown>): Promise<void> {
    const { clock, leaseMs } = this.#settings
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, leaseMs)
      const end = () => {
        timer.cancel()
        resolve()
      }
      closed.then(end, end)
    })
  }

  #opened(): Engine {
    if (this.#engine) return this.#engine
    throw new NotifyError('INVALID_CONFIG', 'The outbox is not open; call open() first')
  }

  /** Hears of what is cancelled elsewhere. */
  #listen(engine: Engine): void {
    if (this.#events) return
    this.#events = engine.events(CONTROL_QUEUE)
    this.#events.on('error', () => undefined)
    const heard = ({ channel, id }: CancelEvent) => this.#consumers.get(channel)?.cancel(toJobId(id))
    this.#events.on(CANCEL_EVENT as 'cleaned', heard as never)
  }
}

async function newEngine(settings: Settings): Promise<Engine> {
  const { place } = settings
  const bullmq = await loadPeer('bullmq', () => import('bullmq'))
  if (place.redis !== undefined) {
    const { redisEngine } = await import('./redis.ts')
    return redisEngine(bullmq, place.redis, settings)
  }
  const { postgresEngine } = await import('./postgres.ts')
  return postgresEngine(bullmq, place.postgres, settings)
}
