import { Redis } from 'ioredis'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { JobCancelled, type JobOutcome, type LeasedJob } from '../../../src/core/outbox.ts'
import type { BullmqOptions } from '../../../src/outbox/bullmq.ts'
import { findPostgres, startPostgres } from '../../support/postgres-server.ts'
import { findRedisServer, startRedis } from '../../support/redis-server.ts'
import { consumeAll, done, jobs, opened } from './support/outboxes.ts'

const WAIT = { timeout: 20_000, interval: 20 }
const LEASE_MS = 500

interface Place {
  readonly options: BullmqOptions
  /** Takes the lease of job-0 from whoever has it. */
  readonly takeLease: (prefix: string) => Promise<void>
  readonly stop: () => Promise<void>
}

async function onRedis(): Promise<Place> {
  const server = await startRedis()
  const client = new Redis(server.port, '127.0.0.1')
  return {
    options: { redis: { host: '127.0.0.1', port: server.port } },
    takeLease: async (prefix) => void (await client.del(`${prefix}:email:jjob-0:lock`)),
    stop: async () => {
      client.disconnect()
      await server.stop()
    },
  }
}

async function onPostgres(): Promise<Place> {
  const server = await startPostgres()
  const pool = new pg.Pool({ connectionString: server.url })
  const text = `UPDATE bullmq.job SET lock_token = 'nobody', locked_until_ms = 0 WHERE queue = $1 AND id = 'jjob-0'`
  return {
    options: { postgres: server.url },
    takeLease: async (prefix) => void (await pool.query(text, [`${prefix}.email`])),
    stop: async () => {
      await pool.end()
      await server.stop()
    },
  }
}

describe.each([
  ['Redis', findRedisServer(), onRedis],
  ['PostgreSQL', findPostgres(), onPostgres],
] as const)('on %s', (_, isHere, start) => {
  describe.skipIf(!isHere && !process.env['CI'])('a lease', () => {
    let place: Place
    beforeAll(async () => void (place = await start()))
    afterAll(() => place.stop())

    it('that was lost aborts the attempt, whose outcome is not kept and not told', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'lost', leaseMs: LEASE_MS })
      const began: LeasedJob[] = []
      const settled: number[] = []
      const run = (job: LeasedJob): Promise<JobOutcome> => {
        began.push(job)
        if (began.length > 1) return Promise.resolve({ type: 'done', record: 'second' })
        return new Promise((resolve) => {
          job.signal.addEventListener('abort', () => resolve({ type: 'dead', record: 'first' }))
        })
      }
      outbox.consume('email', { concurrency: 2, run, settled: ({ attempt }) => void settled.push(attempt) })
      await outbox.enqueue(jobs(1))
      await vi.waitFor(() => expect(began).toHaveLength(1), WAIT)

      await place.takeLease('lost')

      await vi.waitFor(() => expect(settled).toEqual([2]), WAIT)
      expect(began[0]?.signal.reason).not.toBeInstanceOf(JobCancelled)
      expect(began.map(({ attempt, isAmbiguous }) => [attempt, isAmbiguous])).toEqual([
        [1, false],
        [2, true],
      ])
      expect(await outbox.get('job-0')).toMatchObject({ state: 'done', record: 'second' })
    })

    it('is renewed for as long as an attempt takes', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'long', leaseMs: LEASE_MS })
      let runs = 0
      const ends: ((outcome: JobOutcome) => void)[] = []
      const settled = vi.fn()
      const run = () => {
        runs += 1
        return new Promise<JobOutcome>((resolve) => void ends.push(resolve))
      }
      outbox.consume('email', { concurrency: 2, run, settled })
      await outbox.enqueue(jobs(1))
      const before = performance.now()

      await vi.waitFor(() => expect(performance.now() - before).toBeGreaterThan(4 * LEASE_MS), WAIT)
      ends[0]?.(done)

      await vi.waitFor(() => expect(settled).toHaveBeenCalledTimes(1), WAIT)
      expect(runs).toBe(1)
    })

    it('of a job that was cancelled under way and is to be tried again is cancelled at once', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'again', leaseMs: LEASE_MS })
      const reasons: unknown[] = []
      const run = async ({ attempt, signal }: LeasedJob): Promise<JobOutcome> => {
        if (attempt === 1) await outbox.cancel('job-0')
        reasons.push(attempt === 1 ? undefined : signal.reason)
        return attempt === 1
          ? { type: 'retry', delayMs: 10, record: '' }
          : { type: 'cancelled', record: 'ended' }
      }
      outbox.consume('email', { concurrency: 1, run, settled: () => undefined })
      await outbox.enqueue(jobs(1))

      await vi.waitFor(async () => expect((await outbox.get('job-0'))?.state).toBe('cancelled'), WAIT)
      expect(reasons).toEqual([undefined, expect.any(JobCancelled)])
    })

    it('hands on what was written before an attempt that ended without a word', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'wordless', leaseMs: LEASE_MS })
      const seen: unknown[] = []
      const run = ({ attempt, record, isAmbiguous }: LeasedJob): Promise<JobOutcome> => {
        seen.push([attempt, record, isAmbiguous])
        if (attempt === 1) return Promise.resolve({ type: 'retry', delayMs: 1, record: 'one' })
        if (attempt === 2) return Promise.reject(new Error('The worker is broken'))
        if (attempt === 3) return Promise.resolve({ type: 'retry', delayMs: 1, record: 'three' })
        return Promise.resolve(done)
      }
      const settled = vi.fn()
      outbox.consume('email', { concurrency: 1, run, settled })
      await outbox.enqueue(jobs(1))

      await vi.waitFor(() => expect(settled).toHaveBeenCalledTimes(3), WAIT)
      expect(seen).toEqual([
        [1, undefined, false],
        [2, 'one', false],
        [3, 'one', true],
        [4, 'three', true],
      ])
    })

    it('is given for a job whose id, channel and key BullMQ would refuse', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'odd' })
      const { settled } = consumeAll(outbox)
      const ids = ['17', '0', 'a:b', 'a:b:c', '你好 %/?', '-5']

      await outbox.enqueue(ids.map((id) => ({ id, channel: 'email', payload: '{}', key: `key:${id}` })))

      await vi.waitFor(() => expect([...settled].sort()).toEqual([...ids].sort()), WAIT)
      expect(await outbox.get('a:b')).toMatchObject({ id: 'a:b', state: 'done' })
    })

    it('is given to each of many jobs once, where all are due at the same time', async () => {
      await using outbox = await opened({ ...place.options, prefix: 'due' })
      await using other = await opened({ ...place.options, prefix: 'due' })
      const [one, two] = [consumeAll(outbox), consumeAll(other)]

      await outbox.enqueue(jobs(301).map((job) => ({ ...job, runAt: Date.now() + 500 })))

      await vi.waitFor(() => expect(one.settled.length + two.settled.length).toBe(301), WAIT)
      const ids = [...one.began, ...two.began].map(({ id }) => id)
      expect(ids).toHaveLength(301)
      expect(new Set(ids).size).toBe(301)
    })
  })
})
