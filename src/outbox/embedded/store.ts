/** Jobs in a SQLite file: kept, leased and settled. Every call is part of the caller's transaction. */
import type { Clock } from '../../core/clock.ts'
import type { Accepted, JobOutcome, OutboxJob } from '../../core/outbox.ts'
import type { Counts } from './counts.ts'
import type { Database, Statement } from './database.ts'
import { CANCELLED, LEASED, READY, SCHEDULED, STATES } from './schema.ts'

const KEY_TTL_MS = 86_400_000
/** How many that fell due together one transaction makes ready: of more, those that were due first are attempted first. */
const SLICE = 5_000

const SQL = {
  insert: `INSERT INTO notiwire_job(id, channel, payload, state, priority, run_at, created_at) VALUES(?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT(id) DO NOTHING`,
  keyHolder: 'SELECT id FROM notiwire_key WHERE key=? AND until>?',
  holdKey: `INSERT INTO notiwire_key(key, id, until) VALUES(?, ?, ?)
    ON CONFLICT(key) DO UPDATE SET id=excluded.id, until=excluded.until`,
  // Two questions: as one, a paused backlog would be read to its end.
  isPaused: 'SELECT 1 FROM notiwire_paused WHERE channel=?',
  hasReady: `SELECT 1 FROM notiwire_job WHERE state=${READY} AND channel=? LIMIT 1`,
  nextRunAt: `SELECT min(run_at) AS at FROM notiwire_job WHERE state=${SCHEDULED}`,
  promote: `UPDATE notiwire_job SET state=${READY} WHERE seq IN
    (SELECT seq FROM notiwire_job WHERE state=${SCHEDULED} AND run_at<=? ORDER BY run_at LIMIT ${SLICE}) RETURNING channel`,
  claim: `UPDATE notiwire_job SET state=${LEASED}, owner=?, lease=?, lease_ms=?, lease_until=?, attempts=attempts+1 WHERE seq IN
    (SELECT seq FROM notiwire_job WHERE state=${READY} AND channel=? ORDER BY priority DESC, seq LIMIT ?)
    RETURNING seq, priority, id, payload, attempts, is_ambiguous, is_cancelled, record, lease`,
  end: `UPDATE notiwire_job SET state=?, ended_at=?, record=?, owner=NULL WHERE id=? AND owner=? AND lease=? RETURNING channel`,
  wait: `UPDATE notiwire_job SET state=${SCHEDULED}, attempts=attempts-?, run_at=?, record=?, owner=NULL
    WHERE id=? AND owner=? AND lease=? RETURNING channel`,
  renew: `UPDATE notiwire_job SET lease_until=?+lease_ms WHERE id=? AND owner=? AND lease=?`,
  giveUp: `UPDATE notiwire_job SET state=${SCHEDULED}, is_ambiguous=1, run_at=?, owner=NULL
    WHERE id=? AND owner=? AND lease=? RETURNING channel`,
  recover: `UPDATE notiwire_job SET state=${READY}, is_ambiguous=1, owner=NULL
    WHERE state=${LEASED} AND owner<>?1 AND (lease_until<=?2 OR (?3 AND lease_until>?2+lease_ms+1000))
    RETURNING channel`,
  cancel: `UPDATE notiwire_job SET state=${CANCELLED}, ended_at=? WHERE id=? AND state IN (${READY}, ${SCHEDULED})
    RETURNING channel`,
  stateOf: 'SELECT state FROM notiwire_job WHERE id=?',
  signal: `UPDATE notiwire_job SET is_cancelled=1 WHERE id=? AND state=${LEASED}`,
  cancelsOf: `SELECT id FROM notiwire_job WHERE state=${LEASED} AND is_cancelled=1 AND owner=?`,
  pause: 'INSERT INTO notiwire_paused(channel) VALUES(?) ON CONFLICT DO NOTHING',
  resume: 'DELETE FROM notiwire_paused WHERE channel=?',
} as const

export interface StoreInit {
  readonly database: Database
  readonly counts: Counts
  readonly clock: Pick<Clock, 'now'>
}

export interface Claim {
  readonly channel: string
  readonly limit: number
  readonly owner: string
  /** Another number for every claim of this owner. */
  readonly lease: number
  readonly leaseMs: number
}

export interface Held {
  readonly id: string
  readonly owner: string
  readonly lease: number
}

export interface ClaimedJob {
  readonly id: string
  readonly payload: string
  readonly attempt: number
  readonly isAmbiguous: boolean
  readonly isCancelled: boolean
  readonly record: string | undefined
  readonly lease: number
}

export class Store {
  /** Kept: the library for Node 20 closes a database that only its statements still know. */
  readonly database: Database
  readonly #counts: Counts
  readonly #clock: Pick<Clock, 'now'>
  readonly #sql: Record<keyof typeof SQL, Statement>

  constructor({ database, counts, clock }: StoreInit) {
    this.database = database
    this.#counts = counts
    this.#clock = clock
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)] as const)
    this.#sql = Object.fromEntries(prepared) as Record<keyof typeof SQL, Statement>
  }

  /** The columns take whole milliseconds only. */
  get #now(): number {
    return Math.floor(this.#clock.now())
  }

  insert(jobs: readonly OutboxJob[]): Accepted[] {
    return jobs.map((job) => this.#insert(job))
  }

  #insert(job: OutboxJob): Accepted {
    const now = this.#now
    const { id, channel, payload, key, keyTtlMs = KEY_TTL_MS, priority = 0, runAt = now } = job
    if (key !== undefined) {
      const holder = this.#sql.keyHolder.get(key, now) as { readonly id: string } | undefined
      if (holder) return { id: holder.id, status: 'duplicate' }
    }
    const state = runAt > now ? SCHEDULED : READY
    const { changes } = this.#sql.insert.run(id, channel, payload, state, priority, Math.ceil(runAt), now)
    if (Number(changes) === 0) return { id, status: 'duplicate' }
    if (key !== undefined) this.#sql.holdKey.run(key, id, Math.ceil(now + keyTtlMs))
    this.#counts.change(channel, state, 1)
    return { id, status: 'accepted' }
  }

  /** Whether {@link claim} would find anything: a read, so that whoever has nothing to do keeps nobody from writing. */
  hasWork(channel: string): boolean {
    return (this.nextRunAt() ?? Infinity) <= this.#now || this.#hasReady(channel)
  }

  #hasReady(channel: string): boolean {
    return !this.#sql.isPaused.get(channel) && Boolean(this.#sql.hasReady.get(channel))
  }

  /** Takes up to `limit` jobs that are due, the most urgent and then the oldest first. */
  claim({ channel, limit, owner, lease, leaseMs }: Claim): ClaimedJob[] {
    const now = this.#now
    while ((this.nextRunAt() ?? Infinity) <= now) {
      this.#moved(this.#sql.promote.all(now), SCHEDULED, READY)
      if (this.#hasReady(channel)) break
    }
    if (!this.#hasReady(channel)) return []
    const rows = this.#sql.claim.all(owner, lease, leaseMs, now + leaseMs, channel, limit) as ClaimedRow[]
    this.#counts.change(channel, READY, -rows.length)
    this.#counts.change(channel, LEASED, rows.length)
    return rows.sort((a, b) => b.priority - a.priority || a.seq - b.seq).map(toClaimedJob)
  }

  /** When the next job that waits is due, in epoch milliseconds. */
  nextRunAt(): number | undefined {
    const { at } = this.#sql.nextRunAt.get() as { readonly at: number | null }
    return at ?? undefined
  }

  /** @returns false where the lease was lost, and another worker has the job */
  settle({ id, owner, lease }: Held, outcome: JobOutcome): boolean {
    const now = this.#now
    const { end, wait } = this.#sql
    const { type, record } = outcome
    if (type === 'retry' || type === 'defer') {
      const runAt = Math.ceil(now + outcome.delayMs)
      return this.#moved(
        wait.all(type === 'defer' ? 1 : 0, runAt, record, id, owner, lease),
        LEASED,
        SCHEDULED,
      )
    }
    const state = STATES.indexOf(type)
    return this.#moved(end.all(state, now, record, id, owner, lease), LEASED, state)
  }

  /** The attempt ended without a word: it may have gone out. */
  giveUp({ id, owner, lease }: Held, afterMs: number): void {
    this.#moved(this.#sql.giveUp.all(Math.ceil(this.#now + afterMs), id, owner, lease), LEASED, SCHEDULED)
  }

  /** @returns the ids whose lease was lost */
  renew(held: readonly Held[]): string[] {
    const now = this.#now
    return held.flatMap(({ id, owner, lease }) =>
      Number(this.#sql.renew.run(now, id, owner, lease).changes) > 0 ? [] : [id],
    )
  }

  /**
   * Hands out again what workers held that are gone, never what `owner` holds.
   * @param mayDoubt whether a lease that ends later than it could is taken for one from before the clock was set back
   */
  recover(owner: string, mayDoubt: boolean): number {
    const rows = this.#sql.recover.all(owner, this.#now, mayDoubt ? 1 : 0)
    this.#moved(rows, LEASED, READY)
    return rows.length
  }

  cancel(id: string): 'cancelled' | 'signalled' | 'gone' {
    const { state } = (this.#sql.stateOf.get(id) ?? {}) as { readonly state?: number }
    if (state === LEASED) {
      this.#sql.signal.run(id)
      return 'signalled'
    }
    if (state !== READY && state !== SCHEDULED) return 'gone'
    return this.#moved(this.#sql.cancel.all(this.#now, id), state, CANCELLED) ? 'cancelled' : 'gone'
  }

  /** What `owner` attempts and somebody cancelled. */
  cancelsOf(owner: string): string[] {
    return (this.#sql.cancelsOf.all(owner) as { readonly id: string }[]).map(({ id }) => id)
  }

  pause(channel: string): void {
    this.#sql.pause.run(channel)
  }

  resume(channel: string): void {
    this.#sql.resume.run(channel)
  }

  /** @returns whether there were any */
  #moved(rows: unknown[], from: number, to: number): boolean {
    for (const { channel } of rows as { readonly channel: string }[]) {
      this.#counts.change(channel, from, -1)
      this.#counts.change(channel, to, 1)
    }
    return rows.length > 0
  }
}

interface ClaimedRow {
  readonly seq: number
  readonly priority: number
  readonly id: string
  readonly payload: string
  readonly attempts: number
  readonly is_ambiguous: number
  readonly is_cancelled: number
  readonly record: string | null
  readonly lease: number
}

function toClaimedJob({
  id,
  payload,
  attempts,
  is_ambiguous,
  is_cancelled,
  record,
  lease,
}: ClaimedRow): ClaimedJob {
  return {
    ...{ id, payload, attempt: attempts, lease, record: record ?? undefined },
    ...{ isAmbiguous: is_ambiguous === 1, isCancelled: is_cancelled === 1 },
  }
}
