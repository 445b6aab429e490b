/** What an embedded outbox keeps, hands out and forgets, on a real SQLite file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OutboxJob } from '../../../src/core/outbox.ts'
import { openDatabase, refuseOldSqlite, type Database } from '../../../src/outbox/embedded/database.ts'
import { GroupCommit } from '../../../src/outbox/embedded/group-commit.ts'
import { Store } from '../../../src/outbox/embedded/store.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'

const LEASE_MS = 30_000

let folder: string
let database: Database
let clock: FakeClock
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-'))
  clock = new FakeClock()
  database = await openDatabase(file())
  store = new Store({ database, clock, leaseMs: LEASE_MS })
})

afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true })
})

describe('keeping', () => {
  it('hands out the most urgent first, and the oldest of equally urgent ones', () => {
    keep({ id: 'a' }, { id: 'b', priority: 5 }, { id: 'c' }, { id: 'd', priority: 5 })

    expect(store.claim('email', 3).map(({ id }) => id)).toEqual(['b', 'd', 'a'])
    expect(store.claim('email', 3).map(({ id }) => id)).toEqual(['c'])
    expect(store.claim('email', 3)).toEqual([])
  })

  it('keeps channels apart', () => {
    keep({ id: 'a', channel: 'sms' })

    expect(store.claim('email', 1)).toEqual([])
    expect(store.claim('sms', 1)).toMatchObject([{ id: 'a', attempt: 1, isAmbiguous: false }])
  })

  it('keeps one job per key in its window, even when that one is done', async () => {
    const first = keep({ id: 'a', key: 'receipt-1', keyTtlMs: 1_000 }, { id: 'b', key: 'receipt-1' })
    settle(claimOne(), { type: 'done' })
    const [second] = keep({ id: 'c', key: 'receipt-1' })
    await clock.advance(1_000)
    const [third] = keep({ id: 'd', key: 'receipt-1' })

    expect(first).toEqual([
      { id: 'a', status: 'accepted' },
      { id: 'a', status: 'duplicate' },
    ])
    expect(second).toEqual({ id: 'a', status: 'duplicate' })
    expect(third).toEqual({ id: 'd', status: 'accepted' })
  })

  it('waits until a job is due', async () => {
    keep({ id: 'later', runAt: clock.now() + 60_000 })

    expect(store.claim('email', 1)).toEqual([])
    expect(store.nextRunAt()).toBe(clock.now() + 60_000)
    await clock.advance(60_000)
    expect(claimOne().id).toBe('later')
  })

  it('cancels what is not being attempted', () => {
    keep({ id: 'a' }, { id: 'b' })
    claimOne()

    expect(store.transaction(() => store.cancel('a'))).toBe(false)
    expect(store.transaction(() => store.cancel('b'))).toBe(true)
    expect(store.transaction(() => store.cancel('nobody'))).toBe(false)
    expect(store.claim('email', 1)).toEqual([])
    expect(store.get('b')).toMatchObject({ state: 'cancelled' })
  })
})

describe('settling', () => {
  it('tries again after the delay, and is dead when the attempts are used up', async () => {
    keep({ id: 'a', maxAttempts: 2 })

    settle(claimOne(), { type: 'retry', delayMs: 500, error: 'busy' })
    expect(store.claim('email', 1)).toEqual([])
    await clock.advance(500)
    settle(claimOne(), { type: 'retry', delayMs: 500, error: 'still busy' })

    expect(store.get('a')).toMatchObject({ state: 'dead', attempts: 2, error: 'still busy' })
  })

  it('uses no attempt for a deferral', async () => {
    keep({ id: 'a', maxAttempts: 1 })

    settle(claimOne(), { type: 'defer', delayMs: 500, reason: 'over the quota' })
    await clock.advance(500)

    expect(claimOne().attempt).toBe(1)
  })

  it('hands out again what a worker held that is gone, and says that it may have gone out', async () => {
    keep({ id: 'a' })
    const first = claimOne()

    await clock.advance(LEASE_MS - 1)
    expect(store.recover()).toBe(0)
    await clock.advance(1)
    expect(store.recover()).toBe(1)
    const second = claimOne()

    expect(second).toMatchObject({ id: 'a', attempt: 2, isAmbiguous: true })
    expect(settle(first, { type: 'done' })).toBe(false)
    expect(settle(second, { type: 'done' })).toBe(true)
  })

  it('holds a job for as long as its lease is renewed', async () => {
    keep({ id: 'a' })
    const job = claimOne()

    await clock.advance(LEASE_MS - 1)
    expect(store.transaction(() => store.renew(job))).toBe(true)
    await clock.advance(LEASE_MS - 1)
    expect(store.recover()).toBe(0)
  })

  it('gives up a message that kills its worker each time', async () => {
    keep({ id: 'poison', maxAttempts: 3 })

    for (let life = 0; life < 3; life += 1) {
      claimOne()
      await clock.advance(LEASE_MS)
      store.recover()
    }

    expect(store.claim('email', 1)).toEqual([])
    expect(store.get('poison')).toMatchObject({ state: 'dead', attempts: 3 })
  })
})

describe('a group', () => {
  it('fails only the caller whose job cannot be kept', async () => {
    const group = new GroupCommit(store)
    const asked = ['a', 'a', 'b'].map((id) => group.submit(() => store.insert(job({ id }))))

    const answers = await Promise.allSettled(asked)

    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(store.claim('email', 5).map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('the file', () => {
  it('waits for the disk at every commit, also when it is opened again', async () => {
    database.close()
    database = await openDatabase(file())

    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  })

  it('is refused where a newer version wrote it', async () => {
    database.exec('PRAGMA user_version=99')

    await expect(openDatabase(file())).rejects.toThrow('The outbox file is of version 99')
  })

  it.each(['3.45.1', '3.51.2', '3.50.6', '3.44.5'])('is not opened by SQLite %s', (version) => {
    expect(() => refuseOldSqlite(version)).toThrow(`SQLite ${version} can corrupt a file`)
  })

  it.each(['3.51.3', '3.50.7', '3.44.6', '3.53.0', '4.0.0'])('is opened by SQLite %s', (version) => {
    expect(() => refuseOldSqlite(version)).not.toThrow()
  })

  it('has every accepted job after a kill -9', { timeout: 60_000 }, async () => {
    const acknowledged: string[] = []
    for (const life of ['first', 'second']) acknowledged.push(...(await fillAndKill(life, 2_000)))

    const missing = acknowledged.filter((id) => store.get(id)?.state !== 'ready')

    expect(acknowledged.length).toBeGreaterThanOrEqual(4_000)
    expect(missing).toEqual([])
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  })
})

const file = () => join(folder, 'notify.db')

const job = (fields: Partial<OutboxJob> & { readonly id: string }): OutboxJob => ({
  channel: 'email',
  payload: '{}',
  ...fields,
})

const keep = (...jobs: Parameters<typeof job>[0][]) =>
  store.transaction(() => jobs.map((fields) => store.insert(job(fields))))

const settle = (...given: Parameters<Store['settle']>) => store.transaction(() => store.settle(...given))

function claimOne() {
  const [claimed] = store.claim('email', 1)
  if (!claimed) throw new Error('Nothing is ready')
  return claimed
}

/** @returns what the program said was accepted, up to its death */
async function fillAndKill(name: string, count: number): Promise<string[]> {
  const program = join(import.meta.dirname, 'fill.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, file(), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ids: string[] = []
  const gone = once(child, 'exit')
  for await (const id of createInterface({ input: child.stdout })) {
    ids.push(id)
    if (ids.length === count) child.kill('SIGKILL')
  }
  await gone
  return ids
}
