/** A template message whose outcome is unknown is sent again, because WeChat makes one message of both. */
import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { createNotify } from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { PARCEL } from './bench.ts'

const MINUTE_MS = 60_000

async function setUp() {
  const clock = new FakeClock()
  const fake = await startFakeWechat({ clock })
  const { config, openid, template } = fake.officialAccount
  const driver = officialAccount(config, { clock })
  const input = { to: openid, template, data: { thing1: PARCEL, time2: '15:01' } }
  return {
    clock,
    fake,
    driver,
    input,
    /** One try at the delivery. */
    attempt: (message: ReturnType<typeof driver.parse>, number: number, id = 'delivery-1') =>
      driver.send(message, new Attempt({ id }, number)),
    async [Symbol.asyncDispose]() {
      await driver.close()
      await fake.close()
    },
  }
}

it('by the official account alone', () => {
  const config = { appId: `wx${'0'.repeat(16)}`, appSecret: 'f'.repeat(32) }

  expect(officialAccount(config).deduplicates).toBe(true)
  expect(miniProgram(config).deduplicates).toBe(false)
})

it('under the same client_msg_id at every try of a delivery', async () => {
  await using bench = await setUp()
  const message = bench.driver.parse(bench.input)
  const ids = await Promise.all(
    [1, 2, 3].map(async (number) => {
      const attempt = new Attempt({ id: 'delivery-1' }, number)
      return (await bench.driver.render(message, attempt)).body['client_msg_id']
    }),
  )

  expect(new Set(ids).size).toBe(1)
})

it('by a retry, so that the user gets it once and the result is sent', async () => {
  await using bench = await setUp()
  const notify = createNotify({ channels: { wechat: bench.driver }, retry: { baseDelayMs: 1 } })
  const happened = bench.fake.failNext('reset_accepted')

  const result = await notify.send('wechat', bench.input)

  await happened
  expect(result).toMatchObject({ status: 'sent', attempts: [{ error: { delivery: 'unknown' } }, {}] })
  expect(bench.fake.calls.message).toBe(2)
  expect(bench.fake.accepted).toHaveLength(1)
})

it('but not when WeChat no longer remembers the first: it stays unknown, and the user gets it once', async () => {
  await using bench = await setUp()
  const message = bench.driver.parse(bench.input)
  void bench.fake.failNext('reset_accepted')
  await expect(bench.attempt(message, 1)).rejects.toMatchObject({ delivery: 'unknown' })
  await bench.clock.advance(10 * MINUTE_MS)

  const second = bench.attempt(message, 2)

  await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown', scope: 'message' })
  expect(bench.fake.calls.message).toBe(1)
  expect(bench.fake.accepted).toHaveLength(1)
})

it('by the time of the first unknown outcome, not of the last', async () => {
  await using bench = await setUp()
  const message = bench.driver.parse(bench.input)
  for (const number of [1, 2]) {
    void bench.fake.failNext('reset_accepted')
    await expect(bench.attempt(message, number)).rejects.toMatchObject({ delivery: 'unknown' })
    await bench.clock.advance(6 * MINUTE_MS)
  }

  await expect(bench.attempt(message, 3)).rejects.toMatchObject({ scope: 'message' })
  expect(bench.fake.accepted).toHaveLength(1)
})

it('however late, where every try so far was refused', async () => {
  await using bench = await setUp()
  const message = bench.driver.parse(bench.input)
  bench.fake.refuseNext(45011)
  await expect(bench.attempt(message, 1)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await bench.clock.advance(20 * MINUTE_MS)

  await bench.attempt(message, 2)

  expect(bench.fake.accepted).toHaveLength(1)
})

it('and another delivery of the same message is another message', async () => {
  await using bench = await setUp()
  const message = bench.driver.parse(bench.input)
  void bench.fake.failNext('reset_accepted')
  await expect(bench.attempt(message, 1)).rejects.toMatchObject({ delivery: 'unknown' })
  await bench.clock.advance(10 * MINUTE_MS)

  await bench.attempt(message, 1, 'delivery-2')

  expect(bench.fake.accepted).toHaveLength(2)
})
