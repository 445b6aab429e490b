/** Puts jobs into the file within the caller's own transaction: committed with it, rolled back with it. */
import { realpathSync } from 'node:fs'
import type { Clock } from '../../core/clock.ts'
import type { Accepted, OutboxJob } from '../../core/outbox.ts'
import { invalid } from '../../core/parse.ts'
import { Counts } from './counts.ts'
import type { Database } from './database.ts'
import { toNotifyError } from './failures.ts'
import { Store } from './store.ts'

export interface Within {
  readonly file: string
  readonly jobs: readonly OutboxJob[]
  readonly clock: Clock
}

/**
 * @param transaction a handle with `prepare` and `exec` of the same file, such as a DatabaseSync, within BEGIN
 * @throws {NotifyError} INVALID_CONFIG, where it is none, or of another file
 */
export function insertWithin(transaction: unknown, { file, jobs, clock }: Within): Accepted[] {
  const database = asDatabase(transaction)
  if (!isOf(database, file)) throw refused('is a handle of another file than the outbox')
  if (!isWithin(database)) throw refused('the handle is not within a transaction; call BEGIN first')
  try {
    return atOnce(database, () => {
      const counts = new Counts(database)
      const answers = new Store({ database, counts, clock }).insert(jobs)
      counts.write()
      return answers
    })
  } catch (cause) {
    throw toNotifyError(cause)
  }
}

/** All of the jobs, or none: the caller may commit also after this failed. */
function atOnce<Value>(database: Database, run: () => Value): Value {
  database.exec('SAVEPOINT notiwire')
  try {
    return run()
  } catch (cause) {
    database.exec('ROLLBACK TO notiwire')
    throw cause
  } finally {
    database.exec('RELEASE notiwire')
  }
}

/** As the libraries tell it; those that do not are taken at their word. */
function isWithin(database: Database): boolean {
  const { isTransaction, inTransaction } = database as { isTransaction?: unknown; inTransaction?: unknown }
  return isTransaction !== false && inTransaction !== false
}

function asDatabase(transaction: unknown): Database {
  const { prepare, exec } = (transaction ?? {}) as Readonly<Record<string, unknown>>
  if (typeof prepare === 'function' && typeof exec === 'function') return transaction as Database
  throw refused('expected a handle of the same SQLite file, such as a DatabaseSync, within BEGIN')
}

function isOf(database: Database, file: string): boolean {
  try {
    const main = database.prepare("SELECT file FROM pragma_database_list WHERE name='main'").get()
    return realpathSync((main as { readonly file: string }).file) === realpathSync(file)
  } catch {
    return false
  }
}

function refused(message: string) {
  return invalid('INVALID_CONFIG', [{ path: 'transaction', message }])
}
