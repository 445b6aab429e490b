/** A fetch of the token goes on while one send waits for it, and ends when the last gives up. */
import { expect, it } from 'vitest'
import { codeOf, manySends, startBench, statuses, until } from './bench.ts'

it('gives up one send that waits for the token at once, and lets the others have it', async () => {
  await using bench = await startBench()
  const abort = new AbortController()
  const first = bench.send({}, { signal: abort.signal })
  const others = manySends(bench, 5)
  await until(() => bench.fake.calls.token === 1)

  abort.abort()

  expect(codeOf(await first)).toBe('ABORTED not_sent')
  expect(statuses(await others)).toEqual(new Set(['sent']))
  expect(bench.fake.calls.token).toBe(1)
})

it('lets the other of two waiting sends have the token', async () => {
  await using bench = await startBench()
  const abort = new AbortController()
  const [first, second] = [bench.send({}, { signal: abort.signal }), bench.send()]
  await until(() => bench.fake.connections === 1)

  abort.abort()

  expect(codeOf(await first)).toBe('ABORTED not_sent')
  expect(codeOf(await second)).toBe('sent')
  expect(bench.fake.calls.token).toBe(1)
})

it('closes the connection of the fetch when every send that waits for it has given up', async () => {
  await using bench = await startBench()
  const aborts = [new AbortController(), new AbortController()]
  const happened = bench.fake.failNext('stall', 'token')
  const sends = aborts.map(({ signal }) => bench.send({}, { signal }))
  await happened

  aborts[0]?.abort()
  expect(codeOf(await sends[0]!)).toBe('ABORTED not_sent')
  expect(bench.fake.connections).toBe(1)
  aborts[1]?.abort()
  expect(codeOf(await sends[1]!)).toBe('ABORTED not_sent')

  await until(() => bench.fake.connections === 0)
})

it('asks anew for a send that comes after the others gave up on a stalled fetch', async () => {
  await using bench = await startBench()
  const abort = new AbortController()
  const happened = bench.fake.failNext('stall', 'token')
  const first = bench.send({}, { signal: abort.signal })
  await happened

  abort.abort()
  const second = bench.send()

  expect(codeOf(await first)).toBe('ABORTED not_sent')
  expect(codeOf(await second)).toBe('sent')
  expect(bench.fake.calls.token).toBe(2)
})

it('closes the connection of a verification that is given up', async () => {
  await using bench = await startBench()
  const happened = bench.fake.failNext('stall', 'token')
  const verifying = bench.verify()
  await happened

  await bench.clock.advance(10_000)

  expect((await verifying).status).toBe('failed')
  await until(() => bench.fake.connections === 0)
})
