/** Connections to PostgreSQL, as BullMQ needs them: it finds its tables by the search path. */
import type { PostgresConnectionOptions } from 'bullmq'
import type { Pool, PoolConfig } from 'pg'
import { NotifyError } from '../../core/errors.ts'
import { loadPeer } from '../../core/peer.ts'
import type { PostgresPool } from './options.ts'

/** Where BullMQ has its tables, whoever uses it in the database. */
export const SCHEMA = 'bullmq'

/** How long is waited for a connection, in milliseconds: who sends wants to know; whose attempt has ended can wait. */
const CONNECT_MS = { callers: 1_500, workers: 20_000 }
const QUERY_MS = 30_000
const DEFAULT_MAX = 10
const TRIES = 10

/** What is used of the client of a caller's transaction. */
export interface TransactionClient {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** @param extra connections that are held all the time, by whoever waits for jobs */
export async function newPool(
  place: string | PostgresPool,
  whose: 'callers' | 'workers',
  extra = 0,
): Promise<Pool> {
  const { default: pg } = await loadPeer('pg', () => import('pg'))
  const given: PoolConfig = typeof place === 'string' ? { connectionString: place } : copyOf(place.options)
  const options = [given.options, `-c search_path=${SCHEMA}`].filter(Boolean).join(' ')
  const pool = new pg.Pool({
    connectionTimeoutMillis: CONNECT_MS[whose],
    query_timeout: QUERY_MS,
    keepAlive: true,
    ...given,
    options,
    max: (given.max ?? DEFAULT_MAX) + extra,
  })
  // Every query says itself when it fails; the pool makes new connections.
  pool.on('error', () => undefined)
  pool.setMaxListeners(0)
  return pool
}

/**
 * What BullMQ takes for a pool. Its workers move due jobs in whatever order, and then PostgreSQL ends one of two that wait for each
 * other. Each of its statements is a transaction of its own, so that one was never done: it is done again, lest the outcome of an
 * attempt be lost.
 */
export function tenacious(pool: Pool): PostgresConnectionOptions {
  const query = async (text: string, values?: unknown[]) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await pool.query(text, values)
      } catch (cause) {
        if (isLost(cause)) throw new AwayError(cause)
        if (tries === TRIES || !isVictim(cause)) throw cause
      }
    }
  }
  const on = (event: 'error', listener: (error: Error) => void) => {
    pool.on(event, listener)
    return face
  }
  const removeAllListeners = () => face
  const ends = { connect: () => pool.connect(), end: () => Promise.resolve() }
  const face = { options: { keepAlive: true }, query, on, removeAllListeners, ...ends }
  return face
}

/** BullMQ tries again, until the server is back, only where it knows the error by this code. */
class AwayError extends Error {
  readonly code = 'ECONNREFUSED'

  constructor(cause: unknown) {
    super('The connection to PostgreSQL was lost', { cause })
  }
}

/** By the classes 08 and 57P, by the system's codes, or by the texts of `pg`, which has no codes. */
function isLost(cause: unknown): boolean {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  if (/^(08|57P|E[A-Z]{4})/.test(String(code))) return true
  return /^(Connection terminated|timeout exceeded when|Client has encountered|Query read timeout)/.test(
    String(message),
  )
}

/** deadlock_detected and serialization_failure. Source: https://www.postgresql.org/docs/15/errcodes-appendix.html */
function isVictim(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === '40P01' || cause.code === '40001')
}

/** A pool hides its password from whoever lists its options. */
function copyOf(options: PoolConfig): PoolConfig {
  const { password } = options
  return { ...options, ...(password !== undefined && { password }) }
}

/**
 * Lets `work` find BullMQ's tables within a transaction, and leaves the search path as it was.
 * @param work is handed what BullMQ takes for a pool
 */
export async function withinTransaction<Value>(
  client: TransactionClient,
  work: (pool: PostgresConnectionOptions) => Promise<Value>,
): Promise<Value> {
  const { rows } = await client.query(`SELECT current_setting('search_path') AS path`)
  await setPath(client, SCHEMA)
  const value = await work(faceOf(client))
  // Where the work failed the transaction has too, and its end sets the path back.
  await setPath(client, String(rows[0]?.['path']))
  return value
}

async function setPath(client: TransactionClient, path: string): Promise<void> {
  await client.query(`SELECT set_config('search_path', $1, true)`, [path])
}

function faceOf(client: TransactionClient): PostgresConnectionOptions {
  const query = (text: string, values?: unknown[]) => client.query(text, values)
  const face = {
    options: {},
    query,
    end: () => Promise.resolve(),
    on: () => face,
    removeAllListeners: () => face,
  }
  const connected = { ...face, release: () => undefined }
  return { ...face, connect: () => Promise.resolve(connected) }
}

/** @throws {NotifyError} INVALID_CONFIG, where it is no client of `pg` */
export function toTransactionClient(transaction: unknown): TransactionClient {
  const { query, totalCount } = (transaction ?? {}) as {
    readonly query?: unknown
    readonly totalCount?: unknown
  }
  if (typeof query === 'function' && totalCount === undefined) return transaction as TransactionClient
  const text = 'transaction: expected the client of pg on which your transaction has begun, not a pool'
  throw new NotifyError('INVALID_CONFIG', text)
}
