/** How many jobs are in each state: written with every change, because counting a million of them takes half a second. */
import type { JobCounts } from '../../core/outbox.ts'
import type { Database, Statement } from './database.ts'
import { STATES } from './schema.ts'

export class Counts {
  readonly #add: Statement
  readonly #all: Statement
  /** What the transaction under way has changed, by channel and state. */
  readonly #changes = new Map<string, number[]>()

  constructor(database: Database) {
    this.#add = database.prepare(`INSERT INTO notiwire_count(channel, state, jobs) VALUES(?, ?, ?)
      ON CONFLICT(channel, state) DO UPDATE SET jobs=jobs+excluded.jobs`)
    this.#all = database.prepare('SELECT channel, state, jobs FROM notiwire_count')
  }

  change(channel: string, state: number, by: number): void {
    let changes = this.#changes.get(channel)
    if (!changes) this.#changes.set(channel, (changes = STATES.map(() => 0)))
    changes[state] = (changes[state] ?? 0) + by
  }

  /** Within the transaction, at its end. */
  write(): void {
    for (const [channel, changes] of this.#changes) {
      for (const [state, by] of changes.entries()) if (by !== 0) this.#add.run(channel, state, by)
    }
    this.#changes.clear()
  }

  /** The transaction was rolled back. */
  forget(): void {
    this.#changes.clear()
  }

  all(): Record<string, JobCounts> {
    const counts: Record<string, Record<string, number>> = {}
    const rows = this.#all.all() as {
      readonly channel: string
      readonly state: number
      readonly jobs: number
    }[]
    for (const { channel, state, jobs } of rows) {
      counts[channel] ??= Object.fromEntries(STATES.map((name) => [name, 0]))
      Object.assign(counts[channel], { [STATES[state] ?? '']: jobs })
    }
    return counts as Record<string, JobCounts>
  }
}
