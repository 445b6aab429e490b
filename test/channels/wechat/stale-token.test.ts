/** A token that WeChat refuses is replaced, and the message sent once more; forced only where that is allowed. */
import { expect, it } from 'vitest'
import { codeOf, manySends, startBench, statuses } from './bench.ts'

it.each([40001, 40014, 42001])('gets another token and sends once more after errcode %i', async (errcode) => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.miniProgram.rotateToken()
  bench.fake.refuseNext(errcode)

  const result = await bench.send()

  expect(result).toMatchObject({ status: 'sent', attempts: [{}] })
  expect(bench.fake.calls).toEqual({ token: 2, message: 3 })
})

it('does not try a third time', async () => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.miniProgram.rotateToken()
  bench.fake.refuseNext(40001)
  bench.fake.refuseNext(42001)

  expect(codeOf(await bench.send())).toBe('UNAUTHORIZED not_sent')
  expect(bench.fake.calls.message).toBe(3)
})

it('does not force a new token unless told to', async () => {
  await using bench = await startBench()
  await bench.send()
  bench.fake.miniProgram.poisonToken()

  const results = [await bench.send(), await bench.send(), await bench.send()]

  expect(new Set(results.map(codeOf))).toEqual(new Set(['UNAUTHORIZED not_sent']))
  expect(bench.fake.calls.token).toBe(2)
})

it('does not send again with the token that was just refused, where WeChat has no other', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext(40001)

  expect(codeOf(await bench.send())).toBe('UNAUTHORIZED not_sent')
  expect(bench.fake.calls).toEqual({ token: 2, message: 1 })
})

it('forces a new token when WeChat goes on issuing one that it refuses, 30 seconds apart', async () => {
  await using bench = await startBench({ config: { token: { allowForceRefresh: true } } })
  await bench.send()
  bench.fake.miniProgram.poisonToken()

  expect(statuses(await manySends(bench, 20))).toEqual(new Set(['sent']))
  expect(bench.fake.calls.token).toBe(3)

  bench.fake.miniProgram.poisonToken()
  expect(codeOf(await bench.send())).toBe('UNAUTHORIZED not_sent')
  await bench.clock.advance(30_000)
  expect((await bench.send()).status).toBe('sent')
})

it('forces at most 20 new tokens a day', async () => {
  await using bench = await startBench({ config: { token: { allowForceRefresh: true } } })
  await bench.send()
  const outcomes: string[] = []

  for (let time = 0; time < 22; time += 1) {
    bench.fake.miniProgram.poisonToken()
    outcomes.push(codeOf(await bench.send()))
    await bench.clock.advance(31_000)
  }

  expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(20)
})
