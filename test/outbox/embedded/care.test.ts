/** A file that does not grow for ever, and the caller's own transactions in it. */
import { stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { Counts } from '../../../src/outbox/embedded/counts.ts'
import { migrate, openDatabase } from '../../../src/outbox/embedded/database.ts'
import { VERSIONS } from '../../../src/outbox/embedded/schema.ts'
import { StoreCare } from '../../../src/outbox/embedded/store-care.ts'
import { embedded } from '../../../src/outbox/embedded.ts'
import { createNotify } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { MemoryNotifier } from '../../support/memory-notifier.ts'
import { newFile } from './support/processes.ts'

const job = (id: string) => ({ id, channel: 'email', payload: JSON.stringify('x'.repeat(1_000)) })

/** Without tables of ours. */
async function bareDatabase(file: string) {
  const { DatabaseSync } = await import('@photostructure/sqlite')
  return new DatabaseSync(file)
}

it('gives the room back that a long backlog took', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, thread: false, clock })
  await outbox.open(['email'])
  const ids = Array.from({ length: 20_000 }, (_, at) => `job-${at}`)
  await outbox.enqueue(ids.map(job))
  await Promise.all(ids.map((id) => outbox.cancel(id)))
  expect(await outbox.purge({})).toBe(20_000)

  const database = await openDatabase(place.file)
  const pages = async () => {
    await clock.advance(1_000)
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return (await stat(place.file)).size
  }

  await expect.poll(pages, { timeout: 15_000, interval: 1 }).toBeLessThan(4_000_000)
  database.close()
  await outbox.close()
})

it('counts a long backlog without looking at all of it', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])
  await outbox.enqueue(Array.from({ length: 5_000 }, (_, at) => job(`job-${at}`)))
  const database = await openDatabase(place.file)

  const plan = database.prepare('EXPLAIN QUERY PLAN SELECT channel, state, jobs FROM notiwire_count').all()

  expect(JSON.stringify(plan)).toContain('SCAN notiwire_count')
  expect((await outbox.counts())['email']).toMatchObject({ ready: 5_000 })
  database.close()
  await outbox.close()
})

it.each([
  [
    'what is ready',
    "SELECT seq FROM notiwire_job WHERE state=0 AND channel='email' ORDER BY priority DESC, seq LIMIT 9",
    'notiwire_ready',
  ],
  ['what is due', 'SELECT min(run_at) FROM notiwire_job WHERE state=1', 'notiwire_scheduled'],
  [
    'what was sent long ago',
    'SELECT seq FROM notiwire_job WHERE state>=3 AND state=3 AND ended_at<9 LIMIT 500',
    'notiwire_ended',
  ],
  [
    'what was sent first',
    'SELECT seq FROM notiwire_job WHERE state>=3 AND state=3 ORDER BY ended_at LIMIT 9',
    'notiwire_ended',
  ],
  ['whose lease is over', 'SELECT seq FROM notiwire_job WHERE state=2 AND lease_until<=9', 'notiwire_leased'],
])('finds %s by an index of its own, in the order of that index', async (_, sql, index) => {
  await using place = await newFile()
  const database = await openDatabase(place.file)

  const plan = JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())

  expect(plan).toContain(index)
  expect(plan).not.toContain('TEMP B-TREE')
  database.close()
})

it('finds and deletes what has ended without looking at what has not', async () => {
  await using place = await newFile()
  const database = await openDatabase(place.file)
  const asked: string[] = []
  const recording = {
    exec: (sql: string) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql: string) => {
      asked.push(sql)
      return database.prepare(sql)
    },
  }
  const init = { database: recording, counts: new Counts(recording), clock: new FakeClock() }
  const care = new StoreCare(init)

  care.list({ states: ['dead'] }, 100, undefined)
  care.replay({ states: ['unknown'] })
  care.purge({})
  care.purge({ channel: 'email', states: ['done'], endedBefore: 1 })
  care.tidy({ doneMs: 0, doneCount: 0, deadMs: 0 })

  const plans = asked
    .filter((sql) => /^(SELECT|DELETE|UPDATE)/.test(sql))
    .map((sql) => JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()))
  expect(plans.filter((plan) => plan.includes('notiwire_ended')).length).toBeGreaterThanOrEqual(6)
  expect(plans.filter((plan) => plan.includes('SCAN notiwire_job'))).toEqual([])
  database.close()
})

it('shares a file with tables of the same names as its own once had, and with their version', async () => {
  await using place = await newFile()
  const own = await bareDatabase(place.file)
  own.exec('CREATE TABLE job(name TEXT); CREATE TABLE paused(name TEXT); PRAGMA user_version=42')

  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])

  expect(await outbox.enqueue([job('a')])).toEqual([{ id: 'a', status: 'accepted' }])
  expect(own.prepare('PRAGMA user_version').get()).toEqual({ user_version: 42 })
  await outbox.close()
  own.close()
})

it('brings a file of an older version to the newest, once, and keeps what is in it', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  await outbox.close()
  const database = await openDatabase(place.file)
  const next = [...VERSIONS, "ALTER TABLE notiwire_job ADD COLUMN note TEXT NOT NULL DEFAULT 'new'"]

  migrate(database, next)
  migrate(database, next)

  expect(database.prepare('SELECT id, note FROM notiwire_job').all()).toEqual([{ id: 'a', note: 'new' }])
  expect(() => migrate(database)).toThrow(`of version ${next.length}, which a newer notiwire wrote`)
  database.close()
})

describe('within a transaction of the caller', () => {
  const bench = async (file: string) => {
    const driver = new MemoryNotifier()
    const outbox = embedded({ file, thread: false, pollMs: 5 })
    const notify = createNotify({ channels: { memory: driver }, outbox })
    await notify.outbox.stats()
    const database = await openDatabase(file)
    database.exec('CREATE TABLE orders(id TEXT) STRICT')
    return { driver, notify, database }
  }

  it('is delivered once that commits', async () => {
    await using place = await newFile()
    const { driver, notify, database } = await bench(place.file)
    database.exec('BEGIN IMMEDIATE')
    database.exec("INSERT INTO orders VALUES('1')")
    const result = await notify.enqueue('memory', { to: 'ann' }, { transaction: database })
    expect(result.status).toBe('queued')
    expect(driver.sent).toEqual([])

    database.exec('COMMIT')

    await expect.poll(() => driver.sent).toHaveLength(1)
    database.close()
    await notify.close()
  })

  it('was never there where that is rolled back', async () => {
    await using place = await newFile()
    const { driver, notify, database } = await bench(place.file)
    database.exec('BEGIN IMMEDIATE')
    const { id } = await notify.enqueue('memory', { to: 'ann' }, { transaction: database })

    database.exec('ROLLBACK')
    const after = await notify.enqueue('memory', { to: 'bob' })
    await expect.poll(async () => (await notify.status(after.id))?.status).toBe('sent')

    expect(await notify.status(id)).toBeUndefined()
    expect(driver.sent).toMatchObject([{ to: 'bob' }])
    expect((await notify.outbox.stats()).channels['memory']).toMatchObject({ done: 1, ready: 0 })
    database.close()
    await notify.close()
  })

  it('leaves nothing behind where it fails, and the transaction as it was', async () => {
    await using place = await newFile()
    const outbox = embedded({ file: place.file, thread: false, pollMs: 5 })
    await outbox.open(['email'])
    const database = await openDatabase(place.file)
    database.exec('CREATE TABLE orders(id TEXT) STRICT')
    database.exec('BEGIN IMMEDIATE')
    database.exec("INSERT INTO orders VALUES('1')")
    const broken = { ...job('b'), priority: 0.5 }

    await expect(outbox.enqueue([job('a'), broken], { transaction: database })).rejects.toThrow()
    database.exec('COMMIT')

    expect(await outbox.get('a')).toBeUndefined()
    expect((await outbox.counts())['email']?.ready ?? 0).toBe(0)
    expect(database.prepare('SELECT id FROM orders').all()).toEqual([{ id: '1' }])
    database.close()
    await outbox.close()
  })

  it('is refused outside of one, where it could be kept without the rest', async () => {
    await using place = await newFile()
    const outbox = embedded({ file: place.file, thread: false })
    await outbox.open(['email'])
    const database = await openDatabase(place.file)

    const refused = outbox.enqueue([job('a')], { transaction: database })

    await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    expect(await outbox.get('a')).toBeUndefined()
    database.close()
    await outbox.close()
  })

  it('is refused in a database of another file', async () => {
    await using place = await newFile()
    await using elsewhere = await newFile()
    const { notify, database } = await bench(place.file)
    const other = await openDatabase(elsewhere.file)

    const results = await Promise.all(
      [other, { query: () => 1 }].map((transaction) =>
        notify.enqueue('memory', { to: 'ann' }, { transaction }),
      ),
    )

    for (const result of results)
      expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_CONFIG' } })
    other.close()
    database.close()
    await notify.close()
  })
})
