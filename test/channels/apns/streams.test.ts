/** How many pushes are in flight at once, and what becomes of single streams. */
import { constants } from 'node:http2'
import { expect, it } from 'vitest'
import { duplicates, hold, startBench, statuses, until } from './bench.ts'

it('opens one stream until the first token is accepted, then as many as APNs allows', async () => {
  await using bench = await startBench()
  bench.fake.hold()

  const sending = bench.burst(200)
  await bench.fake.arrived(1)
  const beforeTrust = bench.fake.maxInFlight
  bench.fake.release()
  const results = await sending

  expect(beforeTrust).toBe(1)
  expect(statuses(results)).toEqual(['sent'])
})

it('obeys SETTINGS as they change: 1000, 1, 0, 1000', async () => {
  await using bench = await startBench()
  await hold(bench)

  const many = bench.burst(40)
  await bench.fake.arrived(41)
  await bench.fake.allowStreams(0)
  bench.fake.release()
  await many
  const waiting = bench.burst(5)
  await bench.clock.advance(0)
  const whileNone = bench.fake.received
  bench.fake.hold()
  await bench.fake.allowStreams(1)
  await bench.fake.arrived(42)
  const whileOne = bench.fake.received
  await bench.fake.allowStreams(1000)
  await bench.fake.arrived(46)
  bench.fake.release()

  expect(statuses(await waiting)).toEqual(['sent'])
  expect([whileNone, whileOne]).toEqual([41, 42])
})

it('sends refused streams again up to five times, then says that nothing was sent', async () => {
  await using bench = await startBench()
  await bench.send()

  bench.fake.resetStreams(5)
  const fifth = await bench.send()
  bench.fake.resetStreams(6)
  const sixth = await bench.send()

  expect(fifth.status).toBe('sent')
  expect(sixth).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(bench.fake.accepted).toHaveLength(2)
})

it.each([constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_CANCEL, constants.NGHTTP2_NO_ERROR])(
  'reports a stream reset with code %i as unknown and does not send it again',
  async (code) => {
    await using bench = await startBench()
    await bench.send()

    bench.fake.resetStreams(1, code)
    const result = await bench.send()

    expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'unknown' } })
    expect(bench.fake.accepted).toHaveLength(1)
  },
)

it('resets the stream of a push that got no answer in time, and keeps the connection', async () => {
  await using bench = await startBench()
  await hold(bench)

  const sending = bench.send({}, { attemptTimeoutMs: 1000 })
  await bench.fake.arrived(2)
  await bench.clock.advance(1000)
  const result = await sending
  await until(() => bench.fake.cancelled === 1)
  bench.fake.release()
  const next = await bench.send()

  expect(result).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT', delivery: 'unknown' } })
  expect(next.status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(1)
})

it('says of an aborted push whether it was written', async () => {
  await using bench = await startBench()
  bench.fake.hold()
  const abort = new AbortController()

  const written = bench.send({}, { signal: abort.signal })
  const queued = bench.send({}, { signal: abort.signal })
  await bench.fake.arrived(1)
  abort.abort()

  expect(await written).toMatchObject({ error: { code: 'ABORTED', delivery: 'unknown' } })
  expect(await queued).toMatchObject({ error: { code: 'ABORTED', delivery: 'not_sent' } })
  await until(() => bench.fake.cancelled === 1)
  expect(bench.fake.received).toBe(1)
})

it('refuses a push when the queue is full', async () => {
  await using bench = await startBench({ config: { maxQueue: 2 } })
  bench.fake.hold()

  const first = bench.send()
  await bench.fake.arrived(1)
  const waiting = [bench.send(), bench.send()]
  const tooMany = await bench.send()
  bench.fake.release()

  expect(tooMany).toMatchObject({ error: { code: 'RATE_LIMITED', delivery: 'not_sent' } })
  expect(statuses(await Promise.all([first, ...waiting]))).toEqual(['sent'])
})

it('never has more in flight than the configuration allows', async () => {
  await using bench = await startBench({ config: { maxInFlight: 7 } })

  const results = await bench.burst(100)

  expect(statuses(results)).toEqual(['sent'])
  expect(bench.fake.maxInFlight).toBeLessThanOrEqual(7)
})

it('sends 3,000 pushes at once on one connection, each once', async () => {
  await using bench = await startBench()

  const results = await bench.burst(3000)

  expect(statuses(results)).toEqual(['sent'])
  expect(bench.fake.accepted).toHaveLength(3000)
  expect(duplicates(bench.fake)).toEqual([])
  expect(bench.fake.connectionsMade).toBe(1)
})
