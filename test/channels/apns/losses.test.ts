/** What becomes of pushes in flight when the connection under them ends. */
import { constants } from 'node:http2'
import { expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { duplicates, failures, hold, newToken, startBench, statuses, turns, until } from './bench.ts'

it('sends what a GOAWAY left unprocessed again, and nothing twice', async () => {
  await using bench = await startBench()
  await hold(bench)

  const sending = bench.burst(50)
  await bench.fake.arrived(51)
  bench.fake.goAway({ answered: 20 })
  bench.fake.release()
  const results = await sending

  expect(statuses(results)).toEqual(['sent'])
  expect(bench.fake.accepted).toHaveLength(51)
  expect(duplicates(bench.fake)).toEqual([])
  expect(bench.fake.connectionsMade).toBe(2)
})

it('sends again what was on its way when the GOAWAY came, and nothing twice', async () => {
  await using bench = await startBench()
  await hold(bench)

  const sending = bench.burst(50)
  await bench.fake.arrived(32)
  bench.fake.goAway({ answered: 20 })
  bench.fake.release()
  const results = await sending

  expect(statuses(results)).toEqual(['sent'])
  expect(bench.fake.accepted).toHaveLength(51)
  expect(duplicates(bench.fake)).toEqual([])
})

it('opens a new connection after a GOAWAY while the old one still answers', async () => {
  await using bench = await startBench()
  await hold(bench)

  const first = bench.send()
  await bench.fake.arrived(2)
  bench.fake.goAway()
  await until(() => bench.fake.connectionsMade === 1)
  const second = bench.send()
  await bench.fake.arrived(3)
  const connections = bench.fake.connectionsMade
  bench.fake.release()

  expect(statuses([await first, await second])).toEqual(['sent'])
  expect(connections).toBe(2)
})

it.each([constants.NGHTTP2_ENHANCE_YOUR_CALM, constants.NGHTTP2_REFUSED_STREAM, constants.NGHTTP2_CANCEL])(
  'reports as unknown what a GOAWAY with code %i may have processed, and sends the rest again',
  async (code) => {
    await using bench = await startBench()
    await hold(bench)

    const sending = bench.burst(30)
    await bench.fake.arrived(31)
    bench.fake.goAway({
      code,
      answered: 10,
      data: '{"reason":"Shutdown"}',
    })
    await bench.fake.arrived(32)
    bench.fake.release()
    const results = await sending

    const errors = failures(results)
    expect(errors).toHaveLength(10)
    expect(errors[0]).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
    expect(String(errors[0]?.cause)).toContain('Shutdown')
    expect(results.filter(({ status }) => status === 'sent')).toHaveLength(20)
    expect(duplicates(bench.fake)).toEqual([])
  },
)

it('leaves no half of a device token where the text of a GOAWAY is cut', async () => {
  await using bench = await startBench()
  await hold(bench)
  const to = newToken()

  const sending = bench.send({ to })
  await bench.fake.arrived(2)
  bench.fake.goAway({ code: constants.NGHTTP2_INTERNAL_ERROR, data: `${'.'.repeat(160)}${to}` })
  const result = await sending

  expect(String(failures([result])[0]?.cause)).toContain('GOAWAY 2')
  expect(findSecrets(result, [to.slice(0, 16)])).toEqual([])
})

it.each(['fin', 'reset'] as const)(
  'reports pushes whose answer was lost by a %s as unknown, reconnects, and never sends them twice',
  async (fault) => {
    await using bench = await startBench()
    await hold(bench)

    const sending = bench.burst(20)
    await bench.fake.arrived(21)
    bench.fake.cut(fault)
    const errors = failures(await sending)
    bench.fake.release()
    const next = await bench.send()

    expect(errors).toHaveLength(20)
    for (const error of errors) expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
    expect(next.status).toBe('sent')
    expect(duplicates(bench.fake)).toEqual([])
  },
)

it('finishes what is in flight when APNs closes in order', async () => {
  await using bench = await startBench()
  await hold(bench)

  const sending = bench.burst(20)
  await bench.fake.arrived(21)
  bench.fake.goAway()
  bench.fake.release()

  expect(statuses(await sending)).toEqual(['sent'])
  expect(bench.fake.accepted).toHaveLength(21)
})

it('finds a line that went silent within ten seconds, and recovers', async () => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.cut('silent')

  const lost = bench.send()
  await bench.clock.advance(10_000)
  const result = await lost
  const next = await bench.send()

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'unknown' } })
  expect(next.status).toBe('sent')
})

it('finds a silent line though every push is given up long before the first ping', async () => {
  await using bench = await startBench({ config: { pingIdleMs: 600_000 } })
  await bench.send()
  bench.fake.cut('silent')

  const results = []
  for (let time = 0; time < 40 && bench.fake.connectionsMade === 1; time += 1) {
    const sending = bench.send({}, { attemptTimeoutMs: 300 })
    await turns(20)
    if (bench.fake.connectionsMade === 1) await bench.clock.advance(300)
    results.push(await sending)
  }

  expect(failures(results)[0]).toMatchObject({ code: 'TIMED_OUT', delivery: 'unknown' })
  expect(results.at(-1)?.status).toBe('sent')
})

it('pings an idle connection and leaves it when no ping comes back', async () => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.cut('silent')

  await bench.clock.advance(65_000)
  const result = await bench.send()

  expect(result.status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(2)
})

it('keeps a connection that answers pings, however long a push takes', async () => {
  await using bench = await startBench()
  await hold(bench)

  const slow = bench.send()
  await bench.fake.arrived(2)
  await bench.clock.advance(5000)
  await until(() => bench.fake.pings > 0)
  await bench.clock.advance(0)
  await turns(100)
  await bench.clock.advance(5000)
  bench.fake.release()

  expect((await slow).status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(1)
})
