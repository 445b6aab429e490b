import { expect, it } from 'vitest'
import { Flusher } from '../../../src/channels/websocket/flusher.ts'
import { systemClock } from '../../../src/core/clock.ts'

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A flusher whose clock moves by what the flushes take, and what was flushed in which turn. */
function stage() {
  let now = 0
  const turns: number[][] = []
  const flusher = new Flusher({ ...systemClock, monotonic: () => now })
  const connection = (name: number, tookMs = 0, also: () => void = () => undefined) => ({
    flush: () => {
      now += tookMs
      turns.at(-1)?.push(name)
      also()
    },
  })
  /** Lets turns pass until one has nothing to flush. */
  const run = async () => {
    do {
      turns.push([])
      await nextTurn()
    } while (turns.at(-1)?.length !== 0)
    return turns.slice(0, -1)
  }
  return { flusher, connection, run, turns }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

it('flushes in the next turn, in the order in which connections were written to', async () => {
  const { flusher, connection, run, turns } = stage()

  for (const name of numbers(0, 100)) flusher.add(connection(name))
  await Promise.resolve()
  expect(turns).toEqual([])

  expect(await run()).toEqual([numbers(0, 100)])
  expect(flusher.overruns).toBe(0)
})

it('leaves the rest to the next turn after 8 ms, and looks at the clock every 32 connections', async () => {
  const { flusher, connection, run } = stage()

  for (const name of numbers(0, 200)) flusher.add(connection(name, 0.1))

  // 32 take 3.2 ms: the first slice is over after three times 32.
  expect(await run()).toEqual([numbers(0, 96), numbers(96, 192), numbers(192, 200)])
  expect(flusher.overruns).toBe(2)
})

it('does not hold the event loop for longer than 32 connections where each is slow', async () => {
  const { flusher, connection, run } = stage()

  for (const name of numbers(0, 70)) flusher.add(connection(name, 50))

  expect((await run()).map(({ length }) => length)).toEqual([32, 32, 6])
})

it('lets others have their turn between two slices', async () => {
  const { flusher, connection, turns } = stage()
  const heard: number[] = []
  for (const name of numbers(0, 64)) flusher.add(connection(name, 1))

  turns.push([])
  await nextTurn()
  heard.push(turns[0]?.length ?? 0)
  await nextTurn()
  heard.push(turns[0]?.length ?? 0)

  expect(heard).toEqual([32, 64])
})

it('flushes what is written during a flush, after what was written before', async () => {
  const { flusher, connection, run } = stage()
  const late = connection(100)

  flusher.add(connection(0, 0, () => flusher.add(late)))
  for (const name of numbers(1, 10)) flusher.add(connection(name))

  expect(await run()).toEqual([[...numbers(0, 10), 100]])
})

it('flushes what is written between two slices, after what was written before', async () => {
  const { flusher, connection, run, turns } = stage()
  for (const name of numbers(0, 64)) flusher.add(connection(name, 1))
  turns.push([])
  await nextTurn()

  flusher.add(connection(100))

  await run()
  expect(turns.flat()).toEqual([...numbers(0, 64), 100])
})

it('begins anew after it was done', async () => {
  const { flusher, connection, run, turns } = stage()
  flusher.add(connection(0))
  await run()

  flusher.add(connection(1))
  await run()

  expect(turns.filter(({ length }) => length > 0)).toEqual([[0], [1]])
})
