/** The least that a durable queue in SQLite can do: a row in, a row out, and one fsync for a turn of the event loop. */
import { stat } from 'node:fs/promises'
import { openDatabase } from '../../src/outbox/embedded/database.ts'
import { MESSAGE, type Contestant } from './contestant.ts'

const CONCURRENCY = 200

export async function bareSqlite(file: string): Promise<Contestant> {
  const database = await openDatabase(file)
  database.exec('CREATE TABLE IF NOT EXISTS bare(seq INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT')
  const insert = database.prepare('INSERT INTO bare(payload) VALUES(?)')
  const take = database.prepare('SELECT seq, payload FROM bare ORDER BY seq LIMIT ?')
  const remove = database.prepare('DELETE FROM bare WHERE seq=?')
  let asked: { readonly payload: string; readonly resolve: () => void }[] = []
  let isDelivering = false
  let wake: () => void = () => undefined

  function flush(): void {
    const group = asked
    asked = []
    database.exec('BEGIN IMMEDIATE')
    for (const { payload } of group) insert.run(payload)
    database.exec('COMMIT')
    for (const { resolve } of group) resolve()
    if (isDelivering) wake()
  }

  const enqueue = () =>
    new Promise<void>((resolve) => {
      if (asked.length === 0) setImmediate(flush)
      asked.push({ payload: JSON.stringify(MESSAGE), resolve })
    })

  const self: Contestant = {
    ...{ name: 'bare SQLite', enqueue, onBegin: undefined },
    enqueueMany: (count) => Promise.all(Array.from({ length: count }, enqueue)),
    bytes: async () => {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return (await stat(file)).size
    },
    deliver: async (count) => {
      isDelivering = true
      for (let done = 0; done < count;) {
        const jobs = take.all(CONCURRENCY) as { seq: number; payload: string }[]
        if (jobs.length === 0) {
          await new Promise<void>((resolve) => (wake = resolve))
          continue
        }
        await Promise.all(
          jobs.map(({ payload }) => Promise.resolve(JSON.parse(payload)).then(() => self.onBegin?.())),
        )
        database.exec('BEGIN IMMEDIATE')
        for (const { seq } of jobs) remove.run(seq)
        database.exec('COMMIT')
        done += jobs.length
        await new Promise((resolve) => setImmediate(resolve))
      }
      isDelivering = false
    },
    close: () => {
      database.close()
      return Promise.resolve()
    },
  }
  return self
}
