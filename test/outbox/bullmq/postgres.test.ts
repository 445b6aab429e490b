import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { findPostgres, startPostgres, type PostgresServer } from '../../support/postgres-server.ts'
import type { JobOutcome, JobWorker } from '../../../src/core/outbox.ts'
import { consumeAll, done, jobs, opened, startStuckWorker } from './support/outboxes.ts'

const WAIT = { timeout: 30_000, interval: 20 }

describe.skipIf(!findPostgres() && !process.env['CI'])('an outbox on PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres()))
  afterAll(() => server.stop())

  async function inTransaction(end: 'COMMIT' | 'ROLLBACK', work: (client: pg.Client) => Promise<void>) {
    const client = new pg.Client(server.url)
    await client.connect()
    try {
      await client.query('BEGIN')
      await work(client)
      await client.query(end)
    } finally {
      await client.end()
    }
  }

  it('keeps what is enqueued in a transaction when it commits, and a waiting worker hears of it', async () => {
    await using outbox = await opened({ postgres: server.url, prefix: 'commits' })
    const { began } = consumeAll(outbox)
    const during: unknown[] = []

    await inTransaction('COMMIT', async (client) => {
      await client.query('CREATE TABLE orders (id text); SET search_path = public')
      await client.query(`INSERT INTO orders VALUES ('o-1')`)
      const answers = await outbox.enqueue(jobs(2), { transaction: client })
      during.push(answers, await outbox.get('job-0'), (await client.query('SHOW search_path')).rows)
      await client.query(`INSERT INTO orders VALUES ('o-2')`)
      expect(began).toHaveLength(0)
    })
    const committed = performance.now()

    await vi.waitFor(() => expect(began.map(({ id }) => id).sort()).toEqual(['job-0', 'job-1']), WAIT)
    expect(performance.now() - committed).toBeLessThan(1_000)
    const [answers, before, path] = during
    expect(answers).toEqual(['job-0', 'job-1'].map((id) => ({ id, status: 'accepted' })))
    expect(before).toBeUndefined()
    expect(path).toEqual([{ search_path: 'public' }])
  })

  it('knows nothing of what was enqueued in a transaction that was rolled back, and its key is free', async () => {
    await using outbox = await opened({ postgres: server.url, prefix: 'rolls-back' })

    await inTransaction('ROLLBACK', async (client) => {
      await outbox.enqueue(jobs(1, { key: 'receipt-1' }), { transaction: client })
    })

    expect(await outbox.get('job-0')).toBeUndefined()
    const again = await outbox.enqueue(jobs(1, { id: 'again', key: 'receipt-1' }))
    expect(again).toEqual([{ id: 'again', status: 'accepted' }])
  })

  it('tells a duplicate within a transaction', async () => {
    await using outbox = await opened({ postgres: server.url, prefix: 'duplicates' })
    await outbox.enqueue(jobs(1, { key: 'receipt-1' }))

    await inTransaction('COMMIT', async (client) => {
      const again = await outbox.enqueue(jobs(1, { id: 'again', key: 'receipt-1' }), { transaction: client })
      expect(again).toEqual([{ id: 'job-0', status: 'duplicate' }])
    })
  })

  it('refuses a pool for a transaction', async () => {
    await using outbox = await opened({ postgres: server.url, prefix: 'refuses' })
    const pool = new pg.Pool({ connectionString: server.url })

    const asked = outbox.enqueue(jobs(1), { transaction: pool })

    await expect(asked).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await pool.end()
  })

  it('takes the settings of a pool, and leaves the pool as it is', async () => {
    const pool = new pg.Pool({ connectionString: server.url })
    {
      await using outbox = await opened({ postgres: pool, prefix: 'pool' })
      const { settled } = consumeAll(outbox)
      await outbox.enqueue(jobs(1))
      await vi.waitFor(() => expect(settled).toEqual(['job-0']), WAIT)
    }

    const { rows } = await pool.query('SHOW search_path')
    expect(rows).toEqual([{ search_path: '"$user", public' }])
    await pool.end()
  })

  it('delivers a job whose worker crashed again and again, as one that may have gone out', async () => {
    const options = { postgres: server.url, prefix: 'crashes', leaseMs: 500 }
    await using outbox = await opened(options)
    await outbox.enqueue(jobs(1))
    const taken: string[] = []

    for (let crash = 0; crash < 2; crash += 1) {
      await using worker = startStuckWorker(options)
      taken.push(await worker.took)
      await worker.crash()
    }
    const { began, settled } = consumeAll(outbox)
    await vi.waitFor(() => expect(settled).toEqual(['job-0']), WAIT)

    expect(taken).toEqual(['job-0 1 false', 'job-0 2 true'])
    expect(began.map(({ attempt, isAmbiguous }) => [attempt, isAmbiguous])).toEqual([[3, true]])
  }, 60_000)

  it('keeps as many of what is done as it was told', async () => {
    await using outbox = await opened({ postgres: server.url, prefix: 'trims', keepDone: { count: 10 } })
    const { settled } = consumeAll(outbox)

    await outbox.enqueue(jobs(1_100))

    await vi.waitFor(() => expect(settled).toHaveLength(1_100), WAIT)
    await vi.waitFor(async () => expect((await outbox.counts())['email']?.done).toBeLessThan(200), WAIT)
  }, 60_000)

  it('loses nothing at a crash of PostgreSQL', async () => {
    const own = await startPostgres()
    try {
      await using outbox = await opened({ postgres: own.url })
      expect(outbox.promises).toEqual({ survives: 'power-loss', reach: 'network', transactions: true })
      expect(await outbox.check()).toEqual([])
      const accepted: string[] = []
      const sending = (async () => {
        for (let at = 0; at < 5_000; at += 1) {
          const [answer] = await outbox.enqueue(jobs(1, { id: `sent-${at}` }))
          if (answer) accepted.push(answer.id)
        }
      })()
      sending.catch(() => undefined)
      const { began } = consumeAll(outbox)
      await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(100), WAIT)

      await own.kill()
      await expect(sending).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await own.restart()

      const missing = () => accepted.filter((id) => !began.some((job) => job.id === id))
      await vi.waitFor(() => expect(missing()).toEqual([]), WAIT)
      await vi.waitFor(() => outbox.enqueue(jobs(1, { id: 'after' })), WAIT)
      await vi.waitFor(() => expect(began.at(-1)?.id).toBe('after'), WAIT)
    } finally {
      await own.stop()
    }
  }, 90_000)

  it('keeps the outcome of an attempt that ended while PostgreSQL was away', async () => {
    const own = await startPostgres()
    try {
      await using outbox = await opened({ postgres: own.url, leaseMs: 20_000 })
      const runs: ((outcome: JobOutcome) => void)[] = []
      const settled = vi.fn<JobWorker['settled']>()
      const run = () => new Promise<JobOutcome>((resolve) => void runs.push(resolve))
      outbox.consume('email', { concurrency: 1, run, settled })
      await outbox.enqueue(jobs(1))
      await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT)

      await own.kill()
      runs[0]?.(done)
      await expect(outbox.counts()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      await own.restart()

      await vi.waitFor(() => expect(settled).toHaveBeenCalledTimes(1), WAIT)
      expect(await outbox.get('job-0')).toMatchObject({ state: 'done', attempts: 1 })
    } finally {
      await own.stop()
    }
  }, 60_000)

  it('is closed in time while PostgreSQL is down', async () => {
    const own = await startPostgres()
    try {
      const outbox = await opened({ postgres: own.url })
      const { settled } = consumeAll(outbox)
      await outbox.enqueue(jobs(1))
      await vi.waitFor(() => expect(settled).toHaveLength(1), WAIT)
      await own.kill()

      const before = performance.now()
      await expect(outbox.enqueue(jobs(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      expect(performance.now() - before).toBeLessThan(2_000)
      await outbox.close()
    } finally {
      await own.stop()
    }
  })

  it('says which settings lose commits', async () => {
    const own = await startPostgres('fsync=off', 'synchronous_commit=off')
    try {
      await using outbox = await opened({ postgres: own.url })

      expect(outbox.promises.survives).toBe('nothing')
      expect(await outbox.check()).toEqual([
        expect.stringContaining('set fsync on'),
        expect.stringContaining('set synchronous_commit on'),
      ])
    } finally {
      await own.stop()
    }
  })

  it('does not open where there is no PostgreSQL', async () => {
    const opening = opened({ postgres: 'postgres://postgres@127.0.0.1:1/postgres' })

    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
