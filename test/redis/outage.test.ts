/** What becomes of sends while Redis is away, and after it has come back. */
import type { EventEmitter } from 'node:events'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createNotify } from '../../src/index.ts'
import type { RedisLike } from '../../src/redis/client.ts'
import { redisIdempotency, redisLimits, redisSuppressions } from '../../src/redis/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { CLIENTS, describeOnRedis } from './support.ts'

const TO = { to: 'someone@example.com' }
const KEY = { idempotencyKey: 'order-42' }
const RATES = [{ limit: 1, perMs: 60_000 }]
const CLAIM = { fingerprint: 'print', ttlMs: 60_000, leaseMs: 60_000 }
/** The time limit of a store, and as much again for a busy machine. */
const ABOUT_A_SECOND_MS = 2_000

describeOnRedis('while Redis is away', (on) => {
  const warnings: string[] = []
  const hear = (warning: Error) => void warnings.push(warning.message)

  beforeEach(async () => {
    warnings.length = 0
    process.on('warning', hear)
    await on.server.restart()
    await on.control.ping()
  })

  afterEach(() => process.off('warning', hear))

  /** A warning is told once everything else has been. */
  const warned = () => new Promise((resolve) => setImmediate(() => resolve(warnings)))

  const setUp = (client: RedisLike) => {
    const memory = new MemoryNotifier()
    const notify = createNotify({
      channels: { memory },
      idempotency: { store: redisIdempotency(client) },
      limits: { store: redisLimits(client), providers: { memory: { account: { limit: 6, perMs: 60_000 } } } },
      retry: false,
    })
    return { memory, notify }
  }

  async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
    const from = performance.now()
    const result = await work
    return [result, performance.now() - from]
  }

  describe.each(CLIENTS)('with %s', (_, connect) => {
    it('limits are kept by each process, which says so once', async () => {
      const { memory, notify } = setUp(await on.open(connect))
      await notify.send('memory', TO)
      await on.server.kill()

      const [results, ms] = await timed(Promise.all([1, 2, 3].map(() => notify.send('memory', TO))))
      const more = await Promise.all([4, 5, 6].map(() => notify.send('memory', TO)))
      const beyond = await notify.send('memory', TO, { deadlineMs: 5_000 })

      expect([...results, ...more].map(({ status }) => status)).toEqual(Array(6).fill('sent'))
      expect(ms).toBeLessThan(ABOUT_A_SECOND_MS)
      expect(beyond).toMatchObject({ status: 'failed', error: { code: 'RATE_LIMITED' } })
      expect(memory.sent).toHaveLength(7)
      expect(await warned()).toEqual([expect.stringContaining('The limit store failed')])
    })

    it('a send under a key fails with nothing sent, and soon', async () => {
      const { memory, notify } = setUp(await on.open(connect))
      await notify.send('memory', TO)
      await on.server.kill()

      const [result, ms] = await timed(notify.send('memory', TO, KEY))

      expect(result).toMatchObject({
        ...{ status: 'failed', attempts: [] },
        error: { code: 'UNAVAILABLE', delivery: 'not_sent', retryable: true },
      })
      expect(ms).toBeLessThan(ABOUT_A_SECOND_MS)
      expect(memory.sent).toHaveLength(1)
    })

    it('nobody is taken for dead', async () => {
      const suppression = redisSuppressions(await on.open(connect))
      const memory = new MemoryNotifier()
      const notify = createNotify({ channels: { memory }, suppression })
      await suppression.add({ channel: 'memory', address: TO.to, reason: 'invalid' })
      const before = await notify.send('memory', TO)
      await on.server.kill()

      const [after, ms] = await timed(notify.send('memory', TO))

      expect([before.status, after.status]).toEqual(['skipped', 'sent'])
      expect(ms).toBeLessThan(ABOUT_A_SECOND_MS)
      expect(await warned()).toEqual([expect.stringContaining('The suppression store failed')])
    })

    it('goes on by itself once Redis is back, though that has forgotten the scripts', async () => {
      const client = await on.open(connect)
      const { memory, notify } = setUp(client)
      await notify.send('memory', TO, { idempotencyKey: 'before' })
      const isBack = new Promise((resolve) => (client as unknown as EventEmitter).once('ready', resolve))
      await on.server.restart()
      await isBack

      const result = await notify.send('memory', TO, KEY)

      expect(result).toMatchObject({ status: 'sent' })
      expect(memory.sent).toHaveLength(2)
      expect(await on.control.keys('notiwire:*')).toHaveLength(2)
      expect(await warned()).toEqual([])
    })

    it('takes no notice of scripts that were flushed', async () => {
      const client = await on.open(connect)
      const limits = redisLimits(client)
      await limits.take('a', RATES)
      await on.control.script('FLUSH')

      expect(await limits.take('a', RATES)).toHaveProperty('waitMs')
    })

    it('frees a key whose claim came through after nobody waited for it any more', async () => {
      const keys = redisIdempotency(await on.open(connect), { timeoutMs: 100 })
      await keys.claim('else', { ...CLAIM, id: 'zero' })
      const thaw = await freeze()
      const claiming = keys.claim('key', { ...CLAIM, id: 'one' })

      await expect(claiming).rejects.toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
      thaw()

      await vi.waitFor(async () => {
        expect(await evaluations()).toBeGreaterThanOrEqual(2)
        expect(await on.control.dbsize()).toBe(1)
      }, 5_000)
      expect(await keys.claim('key', { ...CLAIM, id: 'two' })).toBeUndefined()
    })

    it('does not hold a message for many up for each of them', async () => {
      const limits = redisLimits(await on.open(connect), { timeoutMs: 200 })
      const thaw = await freeze()

      const [results, ms] = await timed(takeOneByOne())

      thaw()
      expect(results).toEqual(Array(20).fill('failed'))
      expect(ms).toBeLessThan(1_000)

      async function takeOneByOne(): Promise<string[]> {
        const taken: string[] = []
        for (let recipient = 0; recipient < 20; recipient += 1) {
          const place = limits.take(`recipient ${recipient}`, RATES)
          taken.push(await Promise.resolve(place).then(String, () => 'failed'))
        }
        return taken
      }
    })
  })

  it('a client that is only just connecting is waited for', async () => {
    const [early, lazy] = [client({}), client({ lazyConnect: true })]

    const places = [
      await redisLimits(early, { prefix: 'early' }).take('a', RATES),
      await redisLimits(lazy, { prefix: 'lazy' }).take('a', RATES),
    ]

    early.disconnect()
    lazy.disconnect()
    expect(places.map((place) => 'ticket' in place)).toEqual([true, true])

    function client(options: { lazyConnect?: boolean }): Redis {
      return new Redis({ host: '127.0.0.1', port: on.server.port, ...options })
    }
  })

  /** Leaves the connections open and answers nothing, as a machine that is out of memory does. */
  async function freeze(): Promise<() => void> {
    const [, pid] = /process_id:(\d+)/.exec(await on.control.info('server')) ?? []
    process.kill(Number(pid), 'SIGSTOP')
    return () => void process.kill(Number(pid), 'SIGCONT')
  }

  /** How often Redis was asked for a script by its name, and has run it. */
  async function evaluations(): Promise<number> {
    const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(await on.control.info('commandstats')) ?? []
    return Number(calls ?? 0)
  }
})
