import { expect, it } from 'vitest'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { errorOf, startBench } from './support.ts'

const HOUR_MS = 3_600_000
const NOW = Date.UTC(2026, 10, 23, 12)

it.each([
  ['an hour slow', -HOUR_MS],
  ['ten years fast', 87_600 * HOUR_MS],
])('sends all the same when our clock is %s, asking once more and never again', async (_, offset) => {
  await using bench = await startBench({
    fake: { clock: new FakeClock(NOW) },
    clock: new FakeClock(NOW + offset),
  })

  expect((await bench.send()).status).toBe('sent')
  expect((await bench.send()).status).toBe('sent')

  expect(bench.fake.accepted).toHaveLength(2)
  expect(bench.fake.refused).toEqual(['InvalidTimeStamp.Expired'])
})

it('measures again when our clock has been put right', async () => {
  const clock = new FakeClock(NOW - HOUR_MS)
  await using bench = await startBench({ fake: { clock: new FakeClock(NOW) }, clock })

  await bench.send()
  clock.jump(HOUR_MS)

  expect((await bench.send()).status).toBe('sent')
  expect(bench.fake.refused).toHaveLength(2)
})

it('is no more than fourteen minutes off: then nothing is corrected', async () => {
  const clock = new FakeClock(NOW - 14 * 60_000)
  await using bench = await startBench({ fake: { clock: new FakeClock(NOW) }, clock })

  expect((await bench.send()).status).toBe('sent')
  expect(bench.fake.refused).toEqual([])
})

it('corrects once, then says that the clock is wrong', async () => {
  await using bench = await startBench()
  for (let time = 0; time < 3; time += 1) bench.fake.refuseNext('InvalidTimeStamp.Expired')

  const error = errorOf(await bench.send())

  expect(error).toMatchObject({ code: 'INVALID_CONFIG', delivery: 'not_sent' })
  expect(bench.fake.calls).toHaveLength(2)
})

it('does not guess a clock from an answer without a date', async () => {
  await using bench = await startBench()
  const body = '{"Code":"InvalidTimeStamp.Expired","Message":"expired","RequestId":"R-1"}'
  bench.fake.answerNext({ status: 400, headers: { date: 'yesterday' }, body })

  expect(errorOf(await bench.send())).toMatchObject({ code: 'INVALID_CONFIG' })
  expect(bench.fake.calls).toHaveLength(1)
})
