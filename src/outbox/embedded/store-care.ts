/** The jobs of a SQLite file as people look at them, and what is done about those that have ended. */
import type { Clock } from '../../core/clock.ts'
import type { JobCounts, JobFilter, JobPage, JobState, JobView } from '../../core/outbox.ts'
import type { Retention } from '../retention.ts'
import type { Counts } from './counts.ts'
import type { Database, SqlValue, Statement } from './database.ts'
import { CANCELLED, DEAD, DONE, FIRST_END, HAS_ENDED, READY, STATES, UNKNOWN } from './schema.ts'

/** How many rows one transaction deletes, so that nobody waits long for the next. */
const SLICE = 500
/** So many are put in order faster than as many others are passed over. */
const RARE = 10_000

export interface CareInit {
  readonly database: Database
  readonly counts: Counts
  readonly clock: Pick<Clock, 'now'>
}

const COLUMNS = 'seq, id, channel, payload, state, attempts, record, created_at, run_at, ended_at'

export class StoreCare {
  readonly #database: Database
  readonly #counts: Counts
  readonly #clock: Pick<Clock, 'now'>
  readonly #get: Statement

  constructor({ database, counts, clock }: CareInit) {
    this.#database = database
    this.#counts = counts
    this.#clock = clock
    this.#get = database.prepare(`SELECT ${COLUMNS} FROM notiwire_job WHERE id=?`)
  }

  get(id: string): JobView | undefined {
    const row = this.#get.get(id) as ViewRow | undefined
    return row && toView(row)
  }

  list(filter: JobFilter, limit: number, after: string | undefined): JobPage {
    const { where, values } = conditions(filter, this.#isRare(filter) ? HAS_ENDED : '1')
    const sql = `SELECT ${COLUMNS} FROM notiwire_job WHERE seq>? AND ${where} ORDER BY seq LIMIT ?`
    const rows = this.#database.prepare(sql).all(Number(after ?? 0), ...values, limit + 1) as ViewRow[]
    const page = rows.slice(0, limit)
    return { jobs: page.map(toView), next: rows.length > limit ? String(page.at(-1)?.seq) : undefined }
  }

  /** Few that have ended, in a long backlog, are found by the index of what has ended, and then put in order. */
  #isRare({ states }: JobFilter): boolean {
    if (!states?.every((state) => STATES.indexOf(state) >= FIRST_END)) return false
    const counts = Object.values(this.#counts.all())
    const count = counts.reduce((sum, one) => states.reduce((all, state) => all + one[state], sum), 0)
    return count <= RARE
  }

  counts(): Record<string, JobCounts> {
    return this.#counts.all()
  }

  /** @returns how many, at most a slice of them: to be asked again until it is none */
  replay(filter: JobFilter): number {
    const states = (filter.states ?? ['dead']).filter((state) => state === 'dead' || state === 'unknown')
    const { where, values } = conditions({ ...filter, states }, HAS_ENDED)
    const now = Math.floor(this.#clock.now())
    const rows = this.#found(where, values)
    const again = this.#database
      .prepare(`UPDATE notiwire_job SET state=${READY}, attempts=0, is_ambiguous=0, is_cancelled=0,
      ended_at=NULL, run_at=? WHERE seq=?`)
    for (const { seq, channel, state } of rows) {
      again.run(now, seq)
      this.#counts.change(channel, state, -1)
      this.#counts.change(channel, READY, 1)
    }
    return rows.length
  }

  /** @returns how many, at most a slice of them: to be asked again until it is none */
  purge(filter: JobFilter): number {
    const ended = STATES.slice(FIRST_END)
    const states = (filter.states ?? ended).filter((state) => ended.includes(state))
    const { where, values } = conditions({ ...filter, states }, HAS_ENDED)
    return this.#delete(where, values)
  }

  /** Deletes a slice of what is kept no longer. @returns how many */
  tidy({ doneMs, doneCount, deadMs }: Retention): number {
    const now = Math.floor(this.#clock.now())
    const done = Object.values(this.#counts.all()).reduce((sum, counts) => sum + counts.done, 0)
    const old = [
      this.#delete(`${HAS_ENDED} AND state=${DONE} AND ended_at<?`, [now - doneMs]),
      this.#delete(`${HAS_ENDED} AND state IN (${DEAD}, ${UNKNOWN}, ${CANCELLED}) AND ended_at<?`, [
        now - deadMs,
      ]),
    ]
    const excess = done - doneCount
    if (excess > 0) {
      const sql = `seq IN (SELECT seq FROM notiwire_job WHERE ${HAS_ENDED} AND state=${DONE} ORDER BY ended_at LIMIT ?)`
      old.push(this.#delete(sql, [Math.min(excess, SLICE)]))
    }
    const keys = this.#database.prepare(
      `DELETE FROM notiwire_key WHERE key IN (SELECT key FROM notiwire_key WHERE until<=? LIMIT ${SLICE})`,
    )
    old.push(Number(keys.run(now).changes))
    return old.reduce((sum, count) => sum + count, 0) + this.#shrink()
  }

  /** Gives back a slice of the file's empty pages, where a quarter of it is empty. @returns how many pages */
  #shrink(): number {
    const { free, pages } = this.#database
      .prepare(
        'SELECT freelist_count AS free, page_count AS pages FROM pragma_freelist_count, pragma_page_count',
      )
      .get() as { readonly free: number; readonly pages: number }
    if (free < SLICE || free < pages / 4) return 0
    this.#database.exec(`PRAGMA incremental_vacuum(${SLICE})`)
    return SLICE
  }

  #found(where: string, values: readonly SqlValue[]): Row[] {
    const sql = `SELECT seq, channel, state FROM notiwire_job WHERE ${where} LIMIT ${SLICE}`
    return this.#database.prepare(sql).all(...values) as Row[]
  }

  #delete(where: string, values: readonly SqlValue[]): number {
    const rows = this.#found(where, values)
    if (rows.length === 0) return 0
    const remove = this.#database.prepare('DELETE FROM notiwire_job WHERE seq=?')
    for (const { seq, channel, state } of rows) {
      remove.run(seq)
      this.#counts.change(channel, state, -1)
    }
    return rows.length
  }
}

interface Row {
  readonly seq: number
  readonly channel: string
  readonly state: number
}

/** @param first what all of them are */
function conditions({ channel, states, ids, endedBefore }: JobFilter, first = '1') {
  const found: [sql: string, ...values: SqlValue[]][] = [[first]]
  if (channel !== undefined) found.push(['channel=?', channel])
  if (states) found.push([`state IN (${states.map((state) => STATES.indexOf(state)).join(', ')})`])
  if (ids) found.push(['id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)])
  if (endedBefore !== undefined) found.push([`${HAS_ENDED} AND ended_at<?`, endedBefore])
  const where = found.map(([sql]) => sql).join(' AND ')
  return { where, values: found.flatMap(([, ...values]) => values) }
}

interface ViewRow {
  readonly seq: number
  readonly id: string
  readonly channel: string
  readonly payload: string
  readonly state: number
  readonly attempts: number
  readonly record: string | null
  readonly created_at: number
  readonly run_at: number
  readonly ended_at: number | null
}

function toView({ id, channel, payload, attempts, ...row }: ViewRow): JobView {
  return {
    ...{ id, channel, payload, attempts, state: STATES[row.state] as JobState },
    ...{ record: row.record ?? undefined, createdAt: row.created_at, runAt: row.run_at },
    endedAt: row.ended_at ?? undefined,
  }
}
