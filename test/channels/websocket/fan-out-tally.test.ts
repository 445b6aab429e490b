import { expect, it } from 'vitest'
import { FanOutTally } from '../../../src/channels/websocket/fan-out-tally.ts'
import type { Tally } from '../../../src/channels/websocket/nodes.ts'
import { FakeClock } from '../../../src/testing/index.ts'

function stage() {
  const clock = new FakeClock()
  const told: Tally[] = []
  const tally = new FanOutTally(clock, (counts) => told.push(counts))
  return { clock, told, tally }
}

it('tells as soon as every connection has taken its bytes or is gone, and leaves no timer', () => {
  const { clock, told, tally } = stage()

  tally.queued(3)
  tally.onWritten(true)
  tally.onWritten(false)
  expect(told).toEqual([])
  tally.onWritten(true)

  expect(told).toEqual([{ queued: 3, written: 2 }])
  expect(clock.pending).toBe(0)
})

it('waits for the number of connections, though some have taken their bytes already', () => {
  const { told, tally } = stage()

  tally.onWritten(true)
  tally.onWritten(true)
  expect(told).toEqual([])
  tally.queued(2)

  expect(told).toEqual([{ queued: 2, written: 2 }])
})

it('tells at once where there is nobody', () => {
  const { clock, told, tally } = stage()

  tally.queued(0)

  expect(told).toEqual([{ queued: 0, written: 0 }])
  expect(clock.pending).toBe(0)
})

it('counts a connection that has not taken its bytes within 200 ms as one that does not read', async () => {
  const { clock, told, tally } = stage()
  tally.queued(2)
  tally.onWritten(true)

  await clock.advance(199)
  expect(told).toEqual([])
  await clock.advance(1)

  expect(told).toEqual([{ queued: 2, written: 1 }])
})

it('tells once, though the last bytes are taken afterwards', async () => {
  const { clock, told, tally } = stage()
  tally.queued(2)
  await clock.advance(200)

  tally.onWritten(true)
  tally.onWritten(true)
  tally.queued(2)
  await clock.advance(1_000)

  expect(told).toEqual([{ queued: 2, written: 0 }])
})
