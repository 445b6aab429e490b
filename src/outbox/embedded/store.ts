/** Jobs in a SQLite file: kept, leased and settled. Every call is one transaction, or part of the caller's. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Accepted, JobOutcome, JobView, LeasedJob, OutboxJob } from '../../core/outbox.ts'
import { inTransaction, type Database, type Statement } from './database.ts'
import { CANCELLED, DEAD, DONE, LEASED, READY, SCHEDULED, STATES } from './schema.ts'

const KEY_TTL_MS = 86_400_000
const MAX_ATTEMPTS = 5

const SQL = {
  insert: `INSERT INTO job(id, channel, payload, state, priority, run_at, max_attempts) VALUES(?, ?, ?, ?, ?, ?, ?)`,
  keyHolder: 'SELECT id FROM job_key WHERE key=? AND until>?',
  holdKey: `INSERT INTO job_key(key, id, until) VALUES(?, ?, ?)
    ON CONFLICT(key) DO UPDATE SET id=excluded.id, until=excluded.until`,
  hasReady: `SELECT 1 FROM job WHERE state=${READY} AND channel=? LIMIT 1`,
  nextRunAt: `SELECT min(run_at) AS at FROM job WHERE state=${SCHEDULED}`,
  promote: `UPDATE job SET state=${READY} WHERE state=${SCHEDULED} AND run_at<=?`,
  claim: `UPDATE job SET state=${LEASED}, lease=?, lease_until=?, attempts=attempts+1 WHERE seq IN
    (SELECT seq FROM job WHERE state=${READY} AND channel=? ORDER BY priority DESC, seq LIMIT ?)
    RETURNING seq, priority, id, channel, payload, attempts, max_attempts, is_ambiguous, lease`,
  finish: `UPDATE job SET state=?, finished_at=?, error=?, lease=NULL, lease_until=NULL WHERE id=? AND lease=?`,
  retry: `UPDATE job SET state=iif(attempts>=max_attempts, ${DEAD}, ${SCHEDULED}), run_at=?, error=?, lease=NULL,
    lease_until=NULL, finished_at=iif(attempts>=max_attempts, ?, NULL) WHERE id=? AND lease=?`,
  defer: `UPDATE job SET state=${SCHEDULED}, attempts=attempts-1, run_at=?, error=?, lease=NULL, lease_until=NULL
    WHERE id=? AND lease=?`,
  renew: `UPDATE job SET lease_until=? WHERE id=? AND lease=?`,
  recover: `UPDATE job SET state=iif(attempts>=max_attempts, ${DEAD}, ${READY}), is_ambiguous=1, lease=NULL,
    lease_until=NULL, error='The worker was gone before the attempt ended',
    finished_at=iif(attempts>=max_attempts, ?, NULL) WHERE state=${LEASED} AND lease_until<=?`,
  cancel: `UPDATE job SET state=${CANCELLED}, finished_at=? WHERE id=? AND state IN (${READY}, ${SCHEDULED})`,
  get: 'SELECT id, channel, state, attempts, max_attempts, error FROM job WHERE id=?',
} as const

export interface StoreInit {
  readonly database: Database
  readonly clock: Clock
  /** How long a worker holds a job without renewing, in milliseconds. */
  readonly leaseMs: number
}

export class Store {
  /** Kept: the library for Node 20 closes a database that only its statements still know. */
  readonly #database: Database
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #sql: Record<keyof typeof SQL, Statement>

  constructor({ database, clock, leaseMs }: StoreInit) {
    this.#database = database
    this.#clock = clock
    this.#leaseMs = leaseMs
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)] as const)
    this.#sql = Object.fromEntries(prepared) as Record<keyof typeof SQL, Statement>
  }

  /** All of it is on the disk when this returns, and nothing where it throws. */
  transaction<Value>(run: () => Value): Value {
    return inTransaction(this.#database, run)
  }

  /** To be called within a transaction. */
  insert(job: OutboxJob): Accepted {
    const now = this.#clock.now()
    const { id, key, keyTtlMs = KEY_TTL_MS, priority = 0, runAt = now, maxAttempts = MAX_ATTEMPTS } = job
    if (key !== undefined) {
      const holder = this.#sql.keyHolder.get(key, now) as { readonly id: string } | undefined
      if (holder) return { id: holder.id, status: 'duplicate' }
      this.#sql.holdKey.run(key, id, now + keyTtlMs)
    }
    const state = runAt > now ? SCHEDULED : READY
    this.#sql.insert.run(id, job.channel, job.payload, state, priority, runAt, maxAttempts)
    return { id, status: 'accepted' }
  }

  /** Takes up to `limit` jobs that are due, the most urgent and then the oldest first. */
  claim(channel: string, limit: number): LeasedJob[] {
    const now = this.#clock.now()
    const isDue = (this.nextRunAt() ?? Infinity) <= now
    // A read first: whoever has nothing to do keeps nobody from writing.
    if (!isDue && !this.#sql.hasReady.get(channel)) return []
    const rows = this.transaction(() => {
      if (isDue) this.#sql.promote.run(now)
      return this.#sql.claim.all(randomUUID(), now + this.#leaseMs, channel, limit) as ClaimedRow[]
    })
    return rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq).map(toLeasedJob)
  }

  /** When the next job that waits is due, in epoch milliseconds. */
  nextRunAt(): number | undefined {
    const { at } = this.#sql.nextRunAt.get() as { readonly at: number | null }
    return at ?? undefined
  }

  /** To be called within a transaction. @returns false where the lease had ended, and another worker has the job */
  settle({ id, lease }: Pick<LeasedJob, 'id' | 'lease'>, outcome: JobOutcome): boolean {
    const now = this.#clock.now()
    const { finish, retry, defer } = this.#sql
    switch (outcome.type) {
      case 'done':
        return hasChanged(finish.run(DONE, now, null, id, lease))
      case 'dead':
        return hasChanged(finish.run(DEAD, now, outcome.error, id, lease))
      case 'retry':
        return hasChanged(retry.run(now + outcome.delayMs, outcome.error, now, id, lease))
      case 'defer':
        return hasChanged(defer.run(now + outcome.delayMs, outcome.reason, id, lease))
    }
  }

  /** To be called within a transaction. @returns false where the lease had ended */
  renew({ id, lease }: Pick<LeasedJob, 'id' | 'lease'>): boolean {
    return hasChanged(this.#sql.renew.run(this.#clock.now() + this.#leaseMs, id, lease))
  }

  /** Hands out again what workers held that are gone; what has no attempt left is dead. @returns how many there were */
  recover(): number {
    const now = this.#clock.now()
    return this.transaction(() => Number(this.#sql.recover.run(now, now).changes))
  }

  /** To be called within a transaction. @returns false where it was being attempted already, is settled, or never was */
  cancel(id: string): boolean {
    return hasChanged(this.#sql.cancel.run(this.#clock.now(), id))
  }

  get(id: string): JobView | undefined {
    const row = this.#sql.get.get(id) as ViewRow | undefined
    return row && toView(row)
  }
}

function hasChanged({ changes }: { readonly changes: number | bigint }): boolean {
  return Number(changes) > 0
}

interface ClaimedRow {
  readonly seq: number
  readonly priority: number
  readonly id: string
  readonly channel: string
  readonly payload: string
  readonly attempts: number
  readonly max_attempts: number
  readonly is_ambiguous: number
  readonly lease: string
}

function toLeasedJob(row: ClaimedRow): LeasedJob {
  const { id, channel, payload, attempts, max_attempts: maxAttempts, lease } = row
  return { id, channel, payload, attempt: attempts, maxAttempts, isAmbiguous: row.is_ambiguous === 1, lease }
}

interface ViewRow {
  readonly id: string
  readonly channel: string
  readonly state: 0 | 1 | 2 | 3 | 4 | 5
  readonly attempts: number
  readonly max_attempts: number
  readonly error: string | null
}

function toView({ id, channel, state, attempts, max_attempts: maxAttempts, error }: ViewRow): JobView {
  return { id, channel, state: STATES[state], attempts, maxAttempts, error: error ?? undefined }
}
