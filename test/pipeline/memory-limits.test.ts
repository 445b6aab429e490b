import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryLimits } from '../../src/pipeline/memory-limits.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { describeLimitStore } from '../support/limit-store-contract.ts'

describe('limits in memory', () => {
  describeLimitStore(() => {
    const clock = new FakeClock()
    return { store: new MemoryLimits(clock), pass: (ms) => clock.advance(ms) }
  }, 1_000)

  it('never let more than the limit through within any window, and waste none of it', async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(pauses, async (pausesMs) => {
        const clock = new FakeClock()
        const limits = new MemoryLimits(clock)
        const taken: number[] = []
        for (const pauseMs of pausesMs) {
          await clock.advance(pauseMs)
          const now = clock.monotonic()
          const inWindow = taken.filter((at) => at > now - 1_000).length
          const place = limits.take('a', [{ limit: 5, perMs: 1_000 }])
          expect('ticket' in place).toBe(inWindow < 5)
          if ('ticket' in place) taken.push(now)
        }
      }),
    )
  })

  it('do not heed the wall clock', () => {
    const clock = new FakeClock()
    const limits = new MemoryLimits(clock)
    limits.take('a', [{ limit: 1, perMs: 1_000 }])

    clock.jump(3_600_000)

    expect(limits.take('a', [{ limit: 1, perMs: 1_000 }])).toEqual({ waitMs: 1_000 })
  })

  it('forget the keys whose windows are over, also behind one whose window is longer', async () => {
    const clock = new FakeClock()
    const limits = new MemoryLimits(clock)
    limits.take('slow', [{ limit: 5, perMs: 86_400_000 }])
    limits.pause('paused', 86_400_000)
    for (let key = 0; key < 1_000; key += 1) limits.take(`first ${key}`, [{ limit: 5, perMs: 1_000 }])
    await clock.advance(1_000)

    for (let key = 0; key < 1_000; key += 1) limits.take(`second ${key}`, [{ limit: 5, perMs: 1_000 }])

    expect(limits.size).toBe(1_002)
    expect(limits.take('paused', [])).toEqual({ waitMs: 86_399_000 })
  })

  it('hold many keys', () => {
    const limits = new MemoryLimits(new FakeClock())
    for (let key = 0; key < 100_000; key += 1) limits.take(`key ${key}`, [{ limit: 1, perMs: 1_000 }])

    expect(limits.size).toBe(100_000)
    expect(limits.take('key 7', [{ limit: 1, perMs: 1_000 }])).toEqual({ waitMs: 1_000 })
  })
})
