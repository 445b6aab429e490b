/** An outbox's server, where it is Redis. */
import type { Redis } from 'ioredis'
import { NotifyError } from '../../core/errors.ts'
import type { OutboxPromises } from '../../core/outbox.ts'
import { loadPeer } from '../../core/peer.ts'
import { countEnds, type Engine, type JobQueue } from './engine.ts'
import { unavailable } from './failures.ts'
import type { RedisPlace, Settings } from './options.ts'
import { FORGET, TAKE_BACK } from './redis-scripts.ts'

type Bullmq = typeof import('bullmq')
type RedisClass = typeof Redis

/** `undefined` where the server does not say. */
type Told = Readonly<Record<'appendonly' | 'appendfsync' | 'maxmemory-policy', string | undefined>>

const PAGE = 1_000
/** Waits for the server no longer than this, in milliseconds: who sends wants to know. */
const CONNECT_MS = 1_500
const COMMAND_MS = 5_000

/** For who enqueues: fails while Redis is away. */
const PRODUCER = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: CONNECT_MS,
  commandTimeout: COMMAND_MS,
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
}

/** For who attempts: waits until Redis is back. */
const WORKER = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
}

export function redisEngine(bullmq: Bullmq, place: string | RedisPlace, settings: Settings): Engine {
  return new RedisEngine(bullmq, place, settings)
}

class RedisEngine implements Engine {
  promises: OutboxPromises = { survives: 'unknown', reach: 'network', transactions: false }
  readonly #bullmq: Bullmq
  readonly #place: string | RedisPlace
  readonly #settings: Settings
  readonly #queues = new Map<string, JobQueue>()
  #class: RedisClass | undefined
  #producer: Redis | undefined
  #worker: Redis | undefined

  constructor(bullmq: Bullmq, place: string | RedisPlace, settings: Settings) {
    this.#bullmq = bullmq
    this.#place = place
    this.#settings = settings
  }

  async open(): Promise<void> {
    this.#class = (await loadPeer('ioredis', () => import('ioredis'))).Redis
    const producer = this.#connect(PRODUCER)
    this.#producer = producer
    try {
      await producer.connect()
      const survives = survivesOf(await this.#told())
      this.promises = { ...this.promises, survives }
    } catch (cause) {
      producer.disconnect()
      throw unavailable(cause)
    }
  }

  queue(name: string): JobQueue {
    const known = this.#queues.get(name)
    if (known) return known
    const queue: JobQueue = new this.#bullmq.Queue(name, {
      connection: this.#client(),
      prefix: this.#settings.prefix,
    })
    queue.on('error', () => undefined)
    this.#queues.set(name, queue)
    return queue
  }

  worker: Engine['worker'] = (name, processor, options) =>
    new this.#bullmq.Worker(name, processor, {
      ...options,
      connection: this.#waiting(),
      prefix: this.#settings.prefix,
      removeOnComplete: {
        age: Math.ceil(this.#settings.doneMs / 1_000),
        count: this.#settings.doneCount,
      },
    })

  events: Engine['events'] = (name) =>
    new this.#bullmq.QueueEvents(name, { connection: this.#waiting(), prefix: this.#settings.prefix })

  names: Engine['names'] = async (queue, jobIds) => {
    const found = await this.#fields(queue, jobIds, 'name')
    return new Map(found.flatMap((name, at) => (name === null ? [] : [[jobIds[at] ?? '', name]])))
  }

  takeBack: Engine['takeBack'] = async (queue, jobId, reason) => {
    const keys = ['prioritized', 'delayed', 'wait', 'failed', jobId].map((key) => queue.toKey(key))
    const now = String(this.#settings.clock.now())
    return (await this.#client().eval(TAKE_BACK, keys.length, ...keys, jobId, reason, now)) === 1
  }

  forget: Engine['forget'] = async (queue, jobIds) => {
    const gone = jobIds.map((jobId) => {
      const keys = ['completed', 'failed', jobId, `${jobId}:logs`].map((key) => queue.toKey(key))
      return this.#client().eval(FORGET, keys.length, ...keys, jobId)
    })
    return (await Promise.all(gone)).filter((count) => count === 1).length
  }

  failedCounts: Engine['failedCounts'] = async (queue) => {
    const words = new Map<string, number>()
    for (let start = 0; ; start += PAGE) {
      const jobIds = await this.#client().zrange(
        queue.toKey('failed'),
        String(start),
        String(start + PAGE - 1),
      )
      for (const reason of await this.#fields(queue, jobIds, 'failedReason')) {
        const [word = ''] = (reason ?? '').split(' ', 1)
        words.set(word, (words.get(word) ?? 0) + 1)
      }
      if (jobIds.length < PAGE) return countEnds(words)
    }
  }

  /** BullMQ does it with every job that is done. */
  trim: Engine['trim'] = () => Promise.resolve()

  within: Engine['within'] = () => {
    const text =
      'An outbox on Redis cannot take part in a transaction; leave out `transaction`, or use PostgreSQL'
    return Promise.reject(new NotifyError('INVALID_CONFIG', text))
  }

  async warnings(): Promise<readonly string[]> {
    return warningsOf(await this.#told())
  }

  cut(): void {
    this.#worker?.disconnect()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()))
    this.#producer?.disconnect()
    this.cut()
  }

  #connect(options: typeof PRODUCER | typeof WORKER): Redis {
    const Class = this.#class
    if (!Class) throw new Error('The outbox is not open')
    const client =
      typeof this.#place === 'string'
        ? new Class(this.#place, options)
        : new Class({ ...(this.#place as object), ...options })
    // Every command says itself when it fails; a connection comes back.
    client.on('error', () => undefined)
    client.setMaxListeners(0)
    return client
  }

  #client(): Redis {
    if (!this.#producer) throw new Error('The outbox is not open')
    return this.#producer
  }

  #waiting(): Redis {
    return (this.#worker ??= endingWhileAway(this.#connect(WORKER)))
  }

  async #fields(queue: JobQueue, jobIds: readonly string[], field: string): Promise<(string | null)[]> {
    return Promise.all(jobIds.map((jobId) => this.#client().hget(queue.toKey(jobId), field)))
  }

  async #told(): Promise<Told> {
    const ask = async (name: string): Promise<string | undefined> => {
      try {
        return (await this.#client().config('GET', name))[1]
      } catch (cause) {
        // A managed Redis often forbids CONFIG, or does not know it.
        if (cause instanceof Error && /^(NOPERM|ERR unknown)/.test(cause.message)) return undefined
        throw cause
      }
    }
    return {
      appendonly: await ask('appendonly'),
      appendfsync: await ask('appendfsync'),
      'maxmemory-policy': await ask('maxmemory-policy'),
    }
  }
}

/**
 * A client of ioredis that waits to connect again does not end when it is told to, nor what waits for it: BullMQ would never close.
 * One that is just connecting does.
 */
function endingWhileAway(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client)
  const duplicate = client.duplicate.bind(client)
  return Object.assign(client, {
    disconnect: (reconnect = false) => {
      if (!reconnect && client.status === 'reconnecting') client.connect().catch(() => undefined)
      disconnect(reconnect)
    },
    duplicate: (...options: Parameters<Redis['duplicate']>) => endingWhileAway(duplicate(...options)),
  })
}

function survivesOf({ appendonly, appendfsync }: Told): OutboxPromises['survives'] {
  if (appendonly === undefined || appendfsync === undefined) return 'unknown'
  if (appendonly !== 'yes') return 'nothing'
  return appendfsync === 'always' ? 'power-loss' : 'process-kill'
}

function warningsOf(told: Told): string[] {
  const { appendonly, appendfsync, 'maxmemory-policy': policy } = told
  const unknown = Object.entries(told).filter(([, value]) => value === undefined)
  return [
    ...(appendonly === undefined || appendonly === 'yes'
      ? []
      : ['Redis keeps nothing when it ends (appendonly no); set appendonly yes and appendfsync always']),
    ...(appendonly !== 'yes' || appendfsync === 'always'
      ? []
      : [
          `Redis may lose the last second at a power cut (appendfsync ${appendfsync}); set appendfsync always`,
        ]),
    ...(policy === undefined || policy === 'noeviction'
      ? []
      : [
          `Redis deletes jobs when its memory is full (maxmemory-policy ${policy}); set maxmemory-policy noeviction`,
        ]),
    ...(unknown.length === 0
      ? []
      : [
          `Redis does not say how it is set (${unknown.map(([name]) => name).join(', ')}); allow CONFIG GET, or look yourself`,
        ]),
  ]
}
