/** A file that does not grow for ever, and the caller's own transactions in it. */
import { stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/outbox/embedded/database.ts'
import { embedded } from '../../../src/outbox/embedded.ts'
import { createNotify } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { MemoryNotifier } from '../../support/memory-notifier.ts'
import { newFile } from './support/processes.ts'

const job = (id: string) => ({ id, channel: 'email', payload: JSON.stringify('x'.repeat(1_000)) })

it('gives the room back that a long backlog took', async () => {
  await using place = await newFile()
  const clock = new FakeClock()
  const outbox = embedded({ file: place.file, clock })
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
  const outbox = embedded({ file: place.file })
  await outbox.open(['email'])
  await outbox.enqueue(Array.from({ length: 5_000 }, (_, at) => job(`job-${at}`)))
  const database = await openDatabase(place.file)

  const plan = database.prepare('EXPLAIN QUERY PLAN SELECT channel, state, jobs FROM job_count').all()

  expect(JSON.stringify(plan)).toContain('SCAN job_count')
  expect((await outbox.counts())['email']).toMatchObject({ ready: 5_000 })
  database.close()
  await outbox.close()
})

it.each([
  [
    'what is ready',
    "SELECT seq FROM job WHERE state=0 AND channel='email' ORDER BY priority DESC, seq LIMIT 9",
    'job_ready',
  ],
  ['what is due', 'SELECT min(run_at) FROM job WHERE state=1', 'job_scheduled'],
  ['whose lease is over', 'SELECT seq FROM job WHERE state=2 AND lease_until<=9', 'job_leased'],
])('finds %s by an index of its own, in the order of that index', async (_, sql, index) => {
  await using place = await newFile()
  const database = await openDatabase(place.file)

  const plan = JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all())

  expect(plan).toContain(index)
  expect(plan).not.toContain('TEMP B-TREE')
  database.close()
})

describe('within a transaction of the caller', () => {
  const bench = async (file: string) => {
    const driver = new MemoryNotifier()
    const outbox = embedded({ file, pollMs: 5 })
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
