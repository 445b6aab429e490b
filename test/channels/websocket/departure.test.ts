import fc from 'fast-check'
import { expect, it } from 'vitest'
import { depart } from '../../../src/channels/websocket/departure.ts'
import { FakeClock } from '../../../src/testing/index.ts'

/** So many connections that are told to leave, and when each was. */
function stage(count: number) {
  const clock = new FakeClock()
  const leftAt: number[][] = Array.from({ length: count }, () => [])
  const sessions = leftAt.map((times) => {
    const link = { isOpen: true }
    const end = () => {
      link.isOpen = false
      times.push(clock.monotonic())
    }
    return { link, end }
  })
  return { clock, sessions, leftAt }
}

const MINUTE = 60_000

it('spreads 2,000 evenly: no 100 ms have more than twice their share', async () => {
  const { clock, sessions, leftAt } = stage(2_000)

  const leaving = depart(sessions, 10_000, clock)
  await clock.advance(10_000)
  await leaving

  const buckets = new Map<number, number>()
  for (const [at = 0] of leftAt)
    buckets.set(Math.floor(at / 100), (buckets.get(Math.floor(at / 100)) ?? 0) + 1)
  const took = Math.max(...leftAt.flat())
  const mean = 2_000 / Math.ceil(took / 100)
  expect(took).toBeGreaterThan(1_000)
  expect(Math.max(...buckets.values())).toBeLessThanOrEqual(2 * mean)
})

it.each([
  [50, 10_000, 0],
  [51, 10_000, 50],
  [1_000, 10_000, 950],
  [50_000, 10_000, 9_950],
  [1_000, 200, 150],
  [1_000, 0, 0],
])('tells the last of %i within %i ms, after %i ms', async (count, drainMs, lastAt) => {
  const { clock, sessions, leftAt } = stage(count)

  const leaving = depart(sessions, drainMs, clock)
  await clock.advance(lastAt)
  await leaving

  expect(Math.max(...leftAt.flat())).toBe(lastAt)
  expect(clock.pending).toBe(0)
})

it('tells everyone once, in the order of the list, and never after drainMs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 3_000 }), fc.nat({ max: 2_000 }), async (count, drainMs) => {
      const { clock, sessions, leftAt } = stage(count)

      const leaving = depart(sessions, drainMs, clock)
      await clock.advance(MINUTE)
      await leaving

      expect(leftAt.every(({ length }) => length === 1)).toBe(true)
      const times = leftAt.flat()
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(Math.max(0, ...times)).toBeLessThanOrEqual(drainMs)
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 30 },
  )
})

it('waits for nobody who has left by themselves', async () => {
  const { clock, sessions } = stage(2_000)
  const leaving = depart(sessions, 10_000, clock)

  for (const { link } of sessions) link.isOpen = false
  await clock.advance(50)
  await leaving

  expect(clock.pending).toBe(0)
})

it('is done at once where nobody is here', async () => {
  const { clock, sessions } = stage(0)

  await depart(sessions, 10_000, clock)

  expect(clock.pending).toBe(0)
})
