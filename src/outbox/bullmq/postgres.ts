/** An outbox's server, where it is PostgreSQL. */
import type { PostgresConnectionOptions } from 'bullmq'
import type { Pool } from 'pg'
import { NotifyError } from '../../core/errors.ts'
import type { OutboxPromises } from '../../core/outbox.ts'
import { countEnds, type Engine, type JobQueue } from './engine.ts'
import { unavailable } from './failures.ts'
import type { PostgresPool, Settings } from './options.ts'
import {
  newPool,
  tenacious,
  SCHEMA,
  toTransactionClient,
  withinTransaction,
  type TransactionClient,
} from './postgres-pool.ts'

type Bullmq = typeof import('bullmq')

/** How PostgreSQL is set. */
type Told = Readonly<Record<'fsync' | 'synchronous_commit', string>>

const NAMES = `SELECT id, name FROM ${SCHEMA}.job WHERE queue = $1 AND id = ANY($2)`
const TAKE_BACK = `UPDATE ${SCHEMA}.job SET state = 'failed', failed_reason = $3, finished_at_ms = $4
  WHERE queue = $1 AND id = $2 AND state IN ('waiting', 'delayed')`
const FORGET = `DELETE FROM ${SCHEMA}.job WHERE queue = $1 AND id = ANY($2) AND state IN ('completed', 'failed')`
const COUNT_FAILED = `SELECT split_part(failed_reason, ' ', 1) AS word, count(*)::int AS count
  FROM ${SCHEMA}.job WHERE queue = $1 AND state = 'failed' GROUP BY 1`
/** BullMQ would sort all that is done each time a job is. */
const TRIM = `DELETE FROM ${SCHEMA}.job WHERE queue = $1 AND state = 'completed' AND finished_at_ms <
  (SELECT finished_at_ms FROM ${SCHEMA}.job WHERE queue = $1 AND state = 'completed'
   ORDER BY finished_at_ms DESC OFFSET $2 LIMIT 1)`

export function postgresEngine(bullmq: Bullmq, place: string | PostgresPool, settings: Settings): Engine {
  return new PostgresEngine(bullmq, place, settings)
}

class PostgresEngine implements Engine {
  promises: OutboxPromises = { survives: 'unknown', reach: 'network', transactions: true }
  readonly #bullmq: Bullmq
  readonly #place: string | PostgresPool
  readonly #settings: Settings
  readonly #queues = new Map<string, JobQueue>()
  #pool: Pool | undefined
  #workers: Pool | undefined

  constructor(bullmq: Bullmq, place: string | PostgresPool, settings: Settings) {
    this.#bullmq = bullmq
    this.#place = place
    this.#settings = settings
  }

  async open(channels: number): Promise<void> {
    // Each channel's worker holds a connection on which it hears of jobs, and one hears of what is cancelled.
    const workers = await newPool(this.#place, 'workers', channels + 1)
    const pool = await newPool(this.#place, 'callers')
    this.#pool = pool
    this.#workers = workers
    try {
      await this.#migrate(pool)
      const survives = survivesOf(await this.#told())
      this.promises = { ...this.promises, survives }
    } catch (cause) {
      this.#pool = undefined
      await pool.end()
      throw unavailable(cause)
    }
  }

  queue(name: string): JobQueue {
    const known = this.#queues.get(name)
    if (known) return known
    const queue = this.#newQueue(name, tenacious(this.#connection()))
    this.#queues.set(name, queue)
    return queue
  }

  worker: Engine['worker'] = (name, processor, options) => {
    const removeOnComplete = { age: Math.ceil(this.#settings.doneMs / 1_000) }
    const { Worker, createPostgresBackend } = this.#bullmq
    const all = { ...options, connection: tenacious(this.#connection(this.#workers)), removeOnComplete }
    return new Worker(this.#named(name), processor, all, createPostgresBackend) as unknown as ReturnType<
      Engine['worker']
    >
  }

  events: Engine['events'] = (name) => {
    const { QueueEvents, createPostgresBackend } = this.#bullmq
    const options = { connection: tenacious(this.#connection(this.#workers)), blockingTimeout: 2_000 }
    return new QueueEvents(this.#named(name), options, createPostgresBackend) as unknown as ReturnType<
      Engine['events']
    >
  }

  names: Engine['names'] = (queue, jobIds) => namesOf(this.#connection(), queue, jobIds)

  takeBack: Engine['takeBack'] = async (queue, jobId, reason) => {
    const now = this.#settings.clock.now()
    const { rowCount } = await this.#connection().query(TAKE_BACK, [queue.name, jobId, reason, now])
    return rowCount === 1
  }

  forget: Engine['forget'] = async (queue, jobIds) => {
    const { rowCount } = await this.#connection().query(FORGET, [queue.name, jobIds])
    return rowCount ?? 0
  }

  failedCounts: Engine['failedCounts'] = async (queue) => {
    type Row = Readonly<{ word: string; count: number }>
    const { rows } = await this.#connection().query<Row>(COUNT_FAILED, [queue.name])
    return countEnds(rows.map(({ word, count }) => [word, count]))
  }

  trim: Engine['trim'] = async (queue) => {
    await this.#connection().query(TRIM, [queue.name, this.#settings.doneCount])
  }

  within: Engine['within'] = async (transaction, work) => {
    const client = toTransactionClient(transaction)
    return withinTransaction(client, async (pool) => {
      const queues: JobQueue[] = []
      const queue = (name: string) => {
        const made = this.#newQueue(name, pool)
        queues.push(made)
        return made
      }
      try {
        return await work({ queue, names: (of, jobIds) => namesOf(client, of, jobIds) })
      } finally {
        await Promise.all(queues.map((made) => made.close()))
      }
    })
  }

  async warnings(): Promise<readonly string[]> {
    const { fsync, synchronous_commit: commit } = await this.#told()
    return [
      ...(fsync === 'on' ? [] : [`PostgreSQL does not wait for the disk (fsync ${fsync}); set fsync on`]),
      ...(commit === 'off'
        ? [
            'PostgreSQL loses the last commits when it crashes (synchronous_commit off); set synchronous_commit on',
          ]
        : []),
    ]
  }

  /** Its queries fail by themselves where the server is away. */
  cut(): void {
    return undefined
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()))
    await Promise.all([this.#pool?.end(), this.#workers?.end()])
  }

  async #migrate(pool: Pool): Promise<void> {
    const client = await pool.connect()
    try {
      await this.#bullmq.runMigrations(client)
    } finally {
      client.release()
    }
  }

  #connection(pool = this.#pool): Pool {
    if (!pool) throw new NotifyError('INVALID_CONFIG', 'The outbox is not open')
    return pool
  }

  #named(name: string): string {
    return `${this.#settings.prefix}.${name}`
  }

  #newQueue(name: string, connection: PostgresConnectionOptions): JobQueue {
    const { Queue, createPostgresBackend } = this.#bullmq
    const options = { connection, skipMetasUpdate: true }
    const queue = new Queue(this.#named(name), options, createPostgresBackend) as unknown as JobQueue
    queue.on('error', () => undefined)
    return queue
  }

  async #told(): Promise<Told> {
    const text = `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit`
    const { rows } = await this.#connection().query<Told>(text)
    return rows[0] ?? { fsync: '', synchronous_commit: '' }
  }
}

async function namesOf(
  client: TransactionClient,
  queue: JobQueue,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query(NAMES, [queue.name, jobIds])
  return new Map(rows.map(({ id, name }) => [String(id), String(name)]))
}

function survivesOf({ fsync, synchronous_commit: commit }: Told): OutboxPromises['survives'] {
  if (commit === 'off') return 'nothing'
  return fsync === 'on' ? 'power-loss' : 'process-kill'
}
