/** Limits in Redis are exact, by the clock of Redis, whatever is taken and given back. */
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryLimits } from '../../src/pipeline/memory-limits.ts'
import { redisLimits } from '../../src/redis/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { CLIENTS, describeOnRedis, ioredis } from './support.ts'

const HOUR_MS = 3_600_000
const isPlace = (place: object) => 'ticket' in place

describeOnRedis('limits in Redis', (on) => {
  beforeEach(() => on.control.flushall())

  it('counts a limit of a million a day exactly, in a few bytes for each place', async () => {
    const limits = redisLimits(await on.open(ioredis), { timeoutMs: 15_000 })
    const rates = [
      { limit: 1_000_000, perMs: 24 * HOUR_MS },
      { limit: 5_000, perMs: HOUR_MS },
    ]
    const places = await Promise.all(Array.from({ length: 5_001 }, async () => await limits.take('a', rates)))

    const [key = ''] = await on.control.keys('*')
    const bytes = Number(await on.control.call('MEMORY', 'USAGE', key, 'SAMPLES', '0'))

    expect(places.filter(isPlace)).toHaveLength(5_000)
    expect(await on.control.llen(key)).toBe(5_000)
    expect(bytes / 5_000).toBeLessThan(15)
  })

  it('tells the wait to the millisecond, and never too short', async () => {
    const limits = redisLimits(await on.open(ioredis))
    const rates = [{ limit: 1, perMs: HOUR_MS }]
    const place = await limits.take('a', rates)
    const freeAt =
      'ticket' in place ? Number(place.ticket) + HOUR_MS * 1_000 : expect.fail('there was no place')
    const spare: number[] = []
    const early: number[] = []

    for (let asked = 0; asked < 50; asked += 1) {
      const before = await on.micros()
      const refused = await limits.take('a', rates)
      const waitedUntil = ('waitMs' in refused ? refused.waitMs : 0) * 1_000
      early.push(freeAt - (waitedUntil + (await on.micros())))
      spare.push(waitedUntil + before - freeAt)
    }

    expect(early.filter((micros) => micros > 0)).toEqual([])
    expect(spare.filter((micros) => micros > 1_000)).toEqual([])
  })

  it('keeps places in order, and apart, where the clock of Redis was set back', async () => {
    const limits = redisLimits(await on.open(ioredis))
    const rates = [{ limit: 3, perMs: HOUR_MS }]
    await limits.take('a', rates)
    const [key = ''] = await on.control.keys('*')
    const later = Number(await on.control.lindex(key, 0)) + 5_000_000
    await on.control.lpush(key, String(later))

    const place = await limits.take('a', rates)
    const refused = await limits.take('a', rates)

    expect(place).toEqual({ ticket: String(later + 1) })
    expect(refused).toHaveProperty('waitMs')
    await limits.giveBack('a', String(later + 1))
    expect(await limits.take('a', rates)).toEqual({ ticket: String(later + 1) })
  })

  it('forgets places that are over while others come', async () => {
    const limits = redisLimits(await on.open(ioredis))
    const rates = [{ limit: 1_000, perMs: 100 }]
    await Promise.all(Array.from({ length: 20 }, async () => await limits.take('a', rates)))
    await on.pass(60)
    await limits.take('a', rates)
    await on.pass(60)

    for (let taken = 0; taken < 11; taken += 1) await limits.take('a', rates)

    const [key = ''] = await on.control.keys('*')
    expect(await on.control.llen(key)).toBeLessThanOrEqual(12)
  })

  describe.each(CLIENTS)('with %s', (_, connect) => {
    it('never lets more than the limit through within any window, and no place go to waste', async () => {
      const limits = redisLimits(await on.open(connect))
      const rates = [
        { limit: 3, perMs: 20 },
        { limit: 7, perMs: 70 },
      ]
      const burst = fc.record({ takes: fc.integer({ min: 1, max: 6 }), gapMs: fc.nat(25) })
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(burst, { minLength: 3, maxLength: 12 }), async (bursts) => {
          round += 1
          const taken: number[] = []
          const take = async () => {
            const place = await limits.take(`a${round}`, rates)
            // By the clock of Redis, in microseconds.
            if ('ticket' in place) taken.push(Number(place.ticket))
            return 'waitMs' in place ? place.waitMs : 0
          }
          for (const { takes, gapMs } of bursts) {
            await Promise.all(Array.from({ length: takes }, take))
            await on.pass(gapMs)
            const waitMs = await take()
            await on.pass(waitMs)
            if (waitMs > 0) expect(await take()).toBe(0)
          }
          taken.sort((a, b) => a - b)
          for (const { limit, perMs } of rates) {
            const spans = taken.slice(limit).map((at, index) => at - (taken[index] ?? 0))
            expect(spans.filter((micros) => micros < perMs * 1_000)).toEqual([])
          }
        }),
        { numRuns: 15 },
      )
    })

    it('counts what is taken, given back and paused as a process does by itself', async () => {
      const limits = redisLimits(await on.open(connect))
      const rates = [
        { limit: 4, perMs: HOUR_MS },
        { limit: 6, perMs: 2 * HOUR_MS },
      ]
      const step = fc.oneof(
        { weight: 6, arbitrary: fc.constant('take' as const) },
        { weight: 4, arbitrary: fc.nat(20) },
        { weight: 1, arbitrary: fc.constant('pause' as const) },
      )
      let round = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          round += 1
          const key = `b${round}`
          const own = new MemoryLimits(new FakeClock())
          const tickets: (readonly [string, string])[] = []
          for (const what of steps) {
            if (what === 'take') {
              const [there, here] = [await limits.take(key, rates), own.take(key, rates)]
              expect(isPlace(there)).toBe(isPlace(here))
              if ('ticket' in there && 'ticket' in here) tickets.push([there.ticket, here.ticket])
            } else if (what === 'pause') {
              await limits.pause(key, HOUR_MS)
              own.pause(key, HOUR_MS)
            } else {
              const [there, here] = tickets[what % Math.max(1, tickets.length)] ?? ['1', '0']
              await limits.giveBack(key, there)
              own.giveBack(key, here)
            }
          }
        }),
        { numRuns: 50 },
      )
    })
  })
})
