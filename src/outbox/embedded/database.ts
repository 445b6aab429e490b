/** Opens the file of an outbox so that what was committed survives a power loss, or refuses to. */
import { NotifyError } from '../../core/errors.ts'
import { loadPeer } from '../../core/peer.ts'
import { VERSIONS } from './schema.ts'

export type SqlValue = string | number | bigint | null

export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint }
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

/** What `node:sqlite` and `@photostructure/sqlite` have in common. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

type DatabaseClass = new (file: string) => Database

/** How long one process waits for another that is writing to the same file, in milliseconds. */
export const BUSY_TIMEOUT_MS = 5_000
const FULL = 2
/** Releases of SQLite in which two connections can corrupt a file in WAL mode are older than these. */
const FIXED = { '3.44': 6, '3.50': 7 } as const
const FIXED_SINCE = [3, 51, 3] as const

/**
 * Opens `file`, and creates it where there is none.
 * @throws {NotifyError} INVALID_CONFIG where the library is missing, SQLite is too old, the file system cannot keep a
 * write-ahead log, or the file was written by a newer version of this SDK
 */
export async function openDatabase(file: string): Promise<Database> {
  const Database = await loadDatabaseClass()
  const database = new Database(file)
  try {
    prepareDatabase(database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

async function loadDatabaseClass(): Promise<DatabaseClass> {
  // Asked for by name only when it is needed: it is absent from Node 20, and warns on Node 22.
  const builtIn = process.getBuiltinModule('node:sqlite') as
    { readonly DatabaseSync: DatabaseClass } | undefined
  if (builtIn) return builtIn.DatabaseSync
  const peer = await loadPeer('@photostructure/sqlite', () => import('@photostructure/sqlite'))
  return peer.DatabaseSync
}

function prepareDatabase(database: Database): void {
  refuseOldSqlite(String(valueOf(database, 'SELECT sqlite_version()')))
  database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`)
  database.exec('PRAGMA auto_vacuum=INCREMENTAL')
  setAndReadBack(database, 'journal_mode', 'wal')
  // Some builds reopen a file with less, and then lose all since the last checkpoint when the power fails.
  setAndReadBack(database, 'synchronous', FULL)
  // On macOS only these reach the disk itself; elsewhere they change nothing.
  database.exec('PRAGMA fullfsync=1')
  database.exec('PRAGMA checkpoint_fullfsync=1')
  migrate(database)
}

/** Source: https://www.sqlite.org/wal.html#walresetbug (read 2026-11-23). */
export function refuseOldSqlite(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const backport = FIXED[`${major}.${minor}` as keyof typeof FIXED]
  const [sinceMajor, sinceMinor, sincePatch] = FIXED_SINCE
  const number = major * 1e6 + minor * 1e3 + patch
  const isNew = number >= sinceMajor * 1e6 + sinceMinor * 1e3 + sincePatch
  if (isNew || (backport !== undefined && patch >= backport)) return
  throw new NotifyError(
    'INVALID_CONFIG',
    `SQLite ${version} can corrupt a file that two processes write to; 3.51.3 or newer is needed`,
  )
}

function setAndReadBack(database: Database, name: string, wanted: string | number): void {
  database.exec(`PRAGMA ${name}=${wanted}`)
  const found = valueOf(database, `PRAGMA ${name}`)
  if (found === wanted) return
  const text = `The outbox cannot be durable here: ${name} is ${String(found)} and must be ${wanted}; put its file on a local disk`
  throw new NotifyError('INVALID_CONFIG', text)
}

/**
 * Brings the tables of a file to the newest of `versions`. Writes nothing to a file that is of it already. The number has a table of
 * its own: SQLite's `user_version` belongs to the caller, whose own tables may be in the file.
 */
export function migrate(database: Database, versions = VERSIONS): void {
  inTransaction(database, () => {
    const version = versionOf(database)
    if (version > versions.length) {
      const text = `The outbox file is of version ${version}, which a newer notiwire wrote; this one reads up to ${versions.length}`
      throw new NotifyError('INVALID_CONFIG', text)
    }
    if (version === versions.length) return
    for (const sql of versions.slice(version)) database.exec(sql)
    database.exec('CREATE TABLE IF NOT EXISTS notiwire_version(version INTEGER NOT NULL) STRICT')
    database.exec('DELETE FROM notiwire_version')
    database.exec(`INSERT INTO notiwire_version VALUES(${versions.length})`)
  })
}

/** 0 where there are no tables of ours yet. */
function versionOf(database: Database): number {
  const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name='notiwire_version'").get()
  return table ? Number(valueOf(database, 'SELECT version FROM notiwire_version')) : 0
}

/** All of it is on the disk when this returns, and nothing where it throws. */
export function inTransaction<Value>(database: Database, run: () => Value): Value {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = run()
    database.exec('COMMIT')
    return value
  } catch (cause) {
    rollBack(database)
    throw cause
  }
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // A full disk has rolled back by itself; the first error says why.
  }
}

function valueOf(database: Database, sql: string): unknown {
  return Object.values(database.prepare(sql).get() as object)[0]
}
