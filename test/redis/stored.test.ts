/** What stands in Redis, and for how long. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createNotify, type Receipt } from '../../src/index.ts'
import { redisIdempotency, redisLimits, redisSuppressions } from '../../src/redis/index.ts'
import { MemoryNotifier, type MemoryReceipt } from '../support/memory-notifier.ts'
import { CLIENTS, describeOnRedis, ioredis } from './support.ts'

const CLAIM = { id: 'one', fingerprint: 'print' }
const HOUR_MS = 3_600_000

describeOnRedis('what stands in Redis', (on) => {
  beforeEach(() => on.control.flushall())

  /** Every key with everything that is in it. */
  async function contents(): Promise<string> {
    const keys = await on.control.keys('*')
    const values = await Promise.all(
      keys.map(async (key) => {
        const kind = await on.control.type(key)
        if (kind === 'list') return on.control.lrange(key, 0, -1)
        return kind === 'hash' ? on.control.hgetall(key) : on.control.get(key)
      }),
    )
    return JSON.stringify([keys, values])
  }

  it('tells neither recipients nor idempotency keys, also where a receipt lists them', async () => {
    const client = await on.open(ioredis)
    const suppression = redisSuppressions(client)
    const withRecipients = { providerId: 'p', at: 1, recipients: ['ann@example.com'] }
    const memory = new MemoryNotifier(() => Promise.resolve<MemoryReceipt & Receipt>(withRecipients))
    const rates = [{ limit: 5, perMs: HOUR_MS }]
    const notify = createNotify({
      channels: { memory },
      idempotency: { store: redisIdempotency(client) },
      limits: { store: redisLimits(client), providers: { memory: { recipient: { rates }, account: rates } } },
      suppression,
    })
    await suppression.add({ channel: 'memory', address: 'bob@example.com', reason: 'refused' })

    const results = [
      await notify.send('memory', { to: 'ann@example.com' }, { idempotencyKey: 'for ann@example.com' }),
      await notify.send('memory', { to: '13800001234' }, { idempotencyKey: 'welcome-42' }),
    ]

    expect(results.map(({ status }) => status)).toEqual(['sent', 'sent'])
    const stored = await contents()
    expect(await on.control.dbsize()).toBe(6)
    expect(stored).not.toMatch(/ann|bob|example|13800001234|welcome|memory/)
    expect(stored).toContain('notiwire:')
  })

  it('goes by itself when it is over, and nothing stands there for ever', async () => {
    const client = await on.open(ioredis)
    const [limits, keys] = [redisLimits(client), redisIdempotency(client)]
    const suppressions = redisSuppressions(client, { ttlMs: { invalid: 600 } })
    const rates = [
      { limit: 5, perMs: 600 },
      { limit: 9, perMs: 0.5 },
    ]
    await limits.take('a', rates)
    await limits.take('b', rates)
    await limits.pause('b', 200)
    await limits.pause('c', 0.5)
    await limits.pause('d', 600)
    await limits.pause('d', 1)
    await keys.claim('key', { ...CLAIM, ttlMs: 600, leaseMs: 100 })
    await keys.claim('settled', { ...CLAIM, ttlMs: 600, leaseMs: 100 })
    await keys.settle('settled', 'one', 'outcome')
    await suppressions.add({ channel: 'c', address: 'a', reason: 'invalid' })

    const lives = await Promise.all((await on.control.keys('*')).map((key) => on.control.pttl(key)))
    await on.pass(601)

    expect(lives.length).toBeGreaterThanOrEqual(6)
    // -2: it has gone since; -1: it would stand there for ever.
    expect(lives.filter((ms) => ms === -1 || ms > 600)).toEqual([])
    expect(await on.control.keys('*')).toEqual([])
  })

  it('keeps a key of limits as long as its longest window or its pause', async () => {
    const limits = redisLimits(await on.open(ioredis))
    await limits.take('a', [{ limit: 5, perMs: HOUR_MS }])
    await limits.take('a', [{ limit: 5, perMs: 1_000 }])
    await limits.pause('a', 10)

    const [key = ''] = await on.control.keys('*')

    expect(await on.control.pttl(key)).toBeGreaterThan(HOUR_MS - 10_000)
  })

  it('takes a time without an end for a very long one, and a part of a millisecond for a whole one', async () => {
    const ttlMs = { refused: Number.POSITIVE_INFINITY, invalid: 60_000.5 }
    const suppressions = redisSuppressions(await on.open(ioredis), { ttlMs })
    await suppressions.add({ channel: 'c', address: 'a', reason: 'refused' })
    await suppressions.add({ channel: 'c', address: 'b', reason: 'invalid' })

    expect(await suppressions.find('c', 'a')).toBe('refused')
    expect(await suppressions.find('c', 'b')).toBe('invalid')
  })

  describe.each(CLIENTS)('with %s', (_, connect) => {
    it('keeps any two keys and prefixes apart, whatever is in them', async () => {
      const client = await on.open(connect)
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.constantFrom(
          '\n',
          '\u0000',
          '{}',
          '{a}b',
          '\r\nFLUSHALL\r\n',
          '*',
          'é',
          'e\u0301',
          'x'.repeat(20_000),
        ),
      )
      const rates = [{ limit: 1, perMs: HOUR_MS }]
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(text, { minLength: 2, maxLength: 5 }), text, async (keys, prefix) => {
          round += 1
          const limits = redisLimits(client, { prefix: `${round}${prefix}` })
          const claims = redisIdempotency(client, { prefix: `${round}${prefix}` })
          for (const key of keys) {
            expect(await limits.take(key, rates)).toHaveProperty('ticket')
            expect(await claims.claim(key, { ...CLAIM, ttlMs: HOUR_MS, leaseMs: HOUR_MS })).toBeUndefined()
          }
          for (const key of keys) {
            expect(await limits.take(key, rates)).toHaveProperty('waitMs')
            const state = await claims.claim(key, { id: 'two', fingerprint: '', ttlMs: 1, leaseMs: 1 })
            expect(state).toMatchObject({ status: 'pending', id: 'one' })
          }
        }),
        { numRuns: 20 },
      )
    })

    it('leaves a key to its sender where the client asks twice, having lost the answer', async () => {
      const keys = redisIdempotency(await on.open(connect))
      const claim = (id: string) => keys.claim('key', { ...CLAIM, id, ttlMs: HOUR_MS, leaseMs: HOUR_MS })

      const states = [await claim('one'), await claim('one'), await claim('two')]
      await keys.settle('key', 'one', 'outcome')
      const after = await claim('one')

      expect(states).toMatchObject([undefined, undefined, { status: 'pending', id: 'one' }])
      expect(after).toMatchObject({ status: 'settled', outcome: 'outcome' })
    })

    it('is not lost on what another program wrote under the prefix', async () => {
      const client = await on.open(connect)
      const keys = redisIdempotency(client)
      await keys.claim('key', { ...CLAIM, ttlMs: HOUR_MS, leaseMs: HOUR_MS })
      const [name = ''] = await on.control.keys('*')
      await on.control.hset(name, 'outcome', 'not sealed by anybody')

      const settled = await keys.claim('key', { ...CLAIM, id: 'two', ttlMs: 1, leaseMs: 1 })
      await on.control.set(name, 'no hash at all')
      const claiming = keys.claim('key', { ...CLAIM, id: 'two', ttlMs: 1, leaseMs: 1 })

      expect(settled).toMatchObject({ status: 'settled', outcome: '' })
      await expect(claiming).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: /^Redis failed: WRONGTYPE/,
      })
    })
  })
})
