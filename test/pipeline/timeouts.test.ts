import { expect, it } from 'vitest'
import { Timeouts } from '../../src/pipeline/timeouts.ts'
import { FakeClock } from '../../src/testing/index.ts'

const waiting = (log: string[], name: string) => ({
  expire: () => void log.push(name),
  abort: () => undefined,
})

function setUp() {
  const clock = new FakeClock()
  return { clock, log: [] as string[], timeouts: new Timeouts(clock, { keepAlive: true }) }
}

it('expires each wait at its own time, oldest first, and not those cancelled', async () => {
  const { clock, log, timeouts } = setUp()
  timeouts.add(waiting(log, 'a'), 100)
  const cancelled = timeouts.add(waiting(log, 'b'), 100)
  await clock.advance(50)
  timeouts.add(waiting(log, 'c'), 100)
  timeouts.add(waiting(log, 'd'), 10)
  cancelled.cancel()
  cancelled.cancel()

  await clock.advance(49)
  expect(log).toEqual(['d'])
  await clock.advance(1)
  expect(log).toEqual(['d', 'a'])
  await clock.advance(50)
  expect(log).toEqual(['d', 'a', 'c'])
})

it('keeps one timer for all waits of one length', () => {
  const { clock, timeouts } = setUp()

  for (let i = 0; i < 1000; i += 1) timeouts.add(waiting([], 'x'), 100)

  expect(clock.pending).toBe(1)
  expect(timeouts.waiting()).toHaveLength(1000)
})

it('keeps no timer for lengths used once and never again', () => {
  const { clock, timeouts } = setUp()

  for (let ms = 1; ms < 1000; ms += 1) timeouts.add(waiting([], 'x'), ms).cancel()

  expect(clock.pending).toBeLessThanOrEqual(64)
})

it('takes new waits while it expires others', async () => {
  const { clock, log, timeouts } = setUp()
  timeouts.add({ expire: () => void timeouts.add(waiting(log, 'again'), 100), abort: () => undefined }, 100)

  await clock.advance(200)

  expect(log).toEqual(['again'])
})
