import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Timer } from '../../../src/core/clock.ts'
import { TICK_MS, Wheel } from '../../../src/channels/websocket/wheel.ts'
import { FakeClock } from '../../../src/testing/index.ts'

it('fires every timer once, never early and at most one tick late', async () => {
  const delay = fc.integer({ min: 0, max: 100_000 })
  await fc.assert(
    fc.asyncProperty(fc.array(delay, { minLength: 1, maxLength: 20 }), delay, async (delays, wait) => {
      const clock = new FakeClock()
      const wheel = new Wheel(clock)
      wheel.after(wait, () => undefined)
      await clock.advance(wait / 2)
      const startedAt = clock.monotonic()
      const firedAt: number[][] = delays.map(() => [])

      for (const [turn, delayMs] of delays.entries()) {
        wheel.after(delayMs, () => firedAt[turn]?.push(clock.monotonic() - startedAt))
      }
      await clock.advance(110_000)

      for (const [turn, delayMs] of delays.entries()) {
        expect(firedAt[turn]).toHaveLength(1)
        expect(firedAt[turn]?.[0]).toBeGreaterThanOrEqual(delayMs)
        expect(firedAt[turn]?.[0]).toBeLessThanOrEqual(delayMs + TICK_MS)
      }
    }),
    { numRuns: 20 },
  )
})

it('stops its one timer when nothing waits any more', async () => {
  const clock = new FakeClock()
  const wheel = new Wheel(clock)
  const timers = Array.from({ length: 10 }, () => wheel.after(5_000, () => undefined))
  expect(clock.pending).toBe(1)

  for (const timer of timers) timer.cancel()
  timers[0]?.cancel()

  expect(wheel.pending).toBe(0)
  expect(clock.pending).toBe(0)
  wheel.after(300, () => undefined)
  await clock.advance(500)
  expect(clock.pending).toBe(0)
})

it('does not rush through the ticks that a stall of the process took', () => {
  let now = 0
  const due: { at: number; run: () => void }[] = []
  const wheel = new Wheel({
    now: () => now,
    monotonic: () => now,
    setTimeout: (run, delayMs) => {
      due.push({ at: now + delayMs, run })
      return { cancel: () => undefined, unref: () => undefined } as Timer
    },
  })
  let firedAt = 0
  wheel.after(8_000, () => (firedAt = now))

  now = 40_000
  while (firedAt === 0) {
    const next = due.shift()
    now = Math.max(now, next?.at ?? 0)
    next?.run()
  }

  expect(firedAt).toBeGreaterThan(40_000 + 7_000)
})
