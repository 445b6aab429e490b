import { describe, expect, it, vi } from 'vitest'
import { findRedisServer, startRedis } from '../../support/redis-server.ts'
import type { JobOutcome, JobWorker } from '../../../src/core/outbox.ts'
import { consumeAll, done, jobs, opened, startStuckWorker } from './support/outboxes.ts'

const WAIT = { timeout: 20_000, interval: 20 }

async function redis(...options: readonly string[]) {
  const server = await startRedis(...options)
  return {
    ...server,
    url: `redis://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

describe.skipIf(!findRedisServer() && !process.env['CI'])('an outbox on Redis', () => {
  it('says that Redis as it comes keeps nothing, and so it is', async () => {
    await using server = await redis()
    await using outbox = await opened({ redis: server.url })
    await outbox.enqueue(jobs(20))

    expect(outbox.promises).toEqual({ survives: 'nothing', reach: 'network', transactions: false })
    expect(await outbox.check()).toEqual([expect.stringContaining('set appendonly yes')])
    await server.restart()

    await vi.waitFor(async () => expect((await outbox.counts())['email']?.ready).toBe(0), WAIT)
  })

  it('goes on with new jobs where Redis came back empty', async () => {
    await using server = await redis()
    await using outbox = await opened({ redis: server.url })
    const { settled } = consumeAll(outbox)
    await outbox.enqueue(jobs(1, { id: 'before' }))
    await vi.waitFor(() => expect(settled).toEqual(['before']), WAIT)

    await server.restart()
    await vi.waitFor(() => outbox.enqueue(jobs(1, { id: 'after' })), WAIT)

    await vi.waitFor(() => expect(settled).toEqual(['before', 'after']), WAIT)
  })

  it('loses nothing at a crash of a Redis that writes before it answers', async () => {
    await using server = await redis('--appendonly', 'yes', '--appendfsync', 'always')
    await using outbox = await opened({ redis: server.url })
    expect(outbox.promises.survives).toBe('power-loss')
    expect(await outbox.check()).toEqual([])
    const accepted: string[] = []
    const sending = (async () => {
      for (let at = 0; at < 2_000; at += 1) {
        const [answer] = await outbox.enqueue(jobs(1, { id: `sent-${at}` }))
        if (answer) accepted.push(answer.id)
      }
    })()
    sending.catch(() => undefined)
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(100), WAIT)

    await server.kill()
    await expect(sending).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await server.restart()
    const { began } = consumeAll(outbox)

    const missing = () => accepted.filter((id) => !began.some((job) => job.id === id))
    await vi.waitFor(() => expect(missing()).toEqual([]), WAIT)
    expect(accepted.length).toBeGreaterThan(100)
  })

  it('says which setting may lose the last second, and which deletes jobs', async () => {
    await using server = await redis('--appendonly', 'yes', '--maxmemory-policy', 'allkeys-lru')
    await using outbox = await opened({ redis: server.url })

    expect(outbox.promises.survives).toBe('process-kill')
    expect(await outbox.check()).toEqual([
      expect.stringContaining('set appendfsync always'),
      expect.stringContaining('set maxmemory-policy noeviction'),
    ])
  })

  it('does not pretend to know what Redis does not tell', async () => {
    await using server = await redis('--rename-command', 'CONFIG', '')
    await using outbox = await opened({ redis: server.url })

    expect(outbox.promises.survives).toBe('unknown')
    expect(await outbox.check()).toEqual([expect.stringContaining('allow CONFIG GET')])
  })

  it('delivers a job whose worker crashed again and again, as one that may have gone out', async () => {
    await using server = await redis()
    const options = { redis: server.url, leaseMs: 500 }
    await using outbox = await opened(options)
    await outbox.enqueue(jobs(1))
    const taken: string[] = []

    for (let crash = 0; crash < 3; crash += 1) {
      await using worker = startStuckWorker(options)
      taken.push(await worker.took)
      await worker.crash()
    }
    const { began, settled } = consumeAll(outbox)
    await vi.waitFor(() => expect(settled).toEqual(['job-0']), WAIT)

    expect(taken).toEqual(['job-0 1 false', 'job-0 2 true', 'job-0 3 true'])
    expect(began.map(({ attempt, isAmbiguous }) => [attempt, isAmbiguous])).toEqual([[4, true]])
    expect(await outbox.get('job-0')).toMatchObject({ state: 'done', attempts: 4 })
  }, 60_000)

  it('refuses fast while Redis is down, and accepts again when it is back', async () => {
    await using server = await redis()
    await using outbox = await opened({ redis: server.url })
    await server.kill()

    const before = performance.now()
    await expect(outbox.enqueue(jobs(1))).rejects.toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(performance.now() - before).toBeLessThan(2_000)
    await expect(outbox.counts()).rejects.toMatchObject({ code: 'UNAVAILABLE' })

    await server.restart()
    await vi.waitFor(() => outbox.enqueue(jobs(1)), WAIT)
  })

  it('does not open where there is no Redis', async () => {
    await using server = await redis()
    await server.kill()

    const before = performance.now()
    await expect(opened({ redis: server.url })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(performance.now() - before).toBeLessThan(3_000)
  })

  it('is closed in time while Redis is down', async () => {
    await using server = await redis()
    const outbox = await opened({ redis: server.url, leaseMs: 500 })
    const { began } = consumeAll(outbox)
    await outbox.enqueue(jobs(1))
    await vi.waitFor(() => expect(began).toHaveLength(1), WAIT)
    await server.kill()

    await outbox.close()
  })

  it('is closed when its lease is over where Redis went away before an attempt was settled', async () => {
    await using server = await redis()
    const outbox = await opened({ redis: server.url, leaseMs: 500 })
    const runs: ((outcome: JobOutcome) => void)[] = []
    const run = () => new Promise<JobOutcome>((resolve) => void runs.push(resolve))
    const settled = vi.fn<JobWorker['settled']>()
    outbox.consume('email', { concurrency: 1, run, settled })
    await outbox.enqueue(jobs(1))
    await vi.waitFor(() => expect(runs).toHaveLength(1), WAIT)

    await server.kill()
    runs[0]?.(done)
    await outbox.close()

    expect(settled).not.toHaveBeenCalled()
  })

  it('refuses more than Redis has room for, and delivers what it accepted', async () => {
    await using server = await redis('--maxmemory', '6mb', '--maxmemory-policy', 'noeviction')
    await using outbox = await opened({ redis: server.url })
    const payload = JSON.stringify('x'.repeat(50_000))
    const accepted: string[] = []
    const fill = async () => {
      for (let at = 0; ; at += 1) {
        const [answer] = await outbox.enqueue(jobs(1, { id: `filling-${at}`, payload }))
        if (answer) accepted.push(answer.id)
      }
    }

    await expect(fill()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching('is full') as unknown,
    })
    expect(accepted.length).toBeGreaterThan(5)
    const { redis: line } = await direct(server.port)
    await line.config('SET', 'maxmemory', '0')
    line.disconnect()
    const { began } = consumeAll(outbox)

    const missing = () => accepted.filter((id) => !began.some((job) => job.id === id))
    await vi.waitFor(() => expect(missing()).toEqual([]), WAIT)
  })

  it('holds a key for its time, also after its job is done', async () => {
    await using server = await redis()
    await using outbox = await opened({ redis: server.url, keepDone: { count: 0 } })
    const { settled } = consumeAll(outbox)
    await outbox.enqueue(jobs(1, { id: 'first', key: 'receipt-7' }))
    await vi.waitFor(() => expect(settled).toEqual(['first']), WAIT)
    await vi.waitFor(async () => expect(await outbox.get('first')).toBeUndefined(), WAIT)

    const again = await outbox.enqueue(jobs(1, { id: 'second', key: 'receipt-7' }))

    expect(again).toEqual([{ id: 'first', status: 'duplicate' }])
  })

  it('takes no part in a transaction', async () => {
    await using server = await redis()
    await using outbox = await opened({ redis: server.url })

    const asked = outbox.enqueue(jobs(1), { transaction: {} })

    await expect(asked).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})

async function direct(port: number) {
  const { Redis } = await import('ioredis')
  return { redis: new Redis(port, '127.0.0.1') }
}
