/** Asking Aliyun, over its real SDK, what became of a message whose sending ended without an answer. */
import { expect, it } from 'vitest'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { createNotify, NotifyError } from '../../../src/index.ts'
import { FakeClock, findSecrets, memoryOutbox } from '../../../src/testing/index.ts'

const PHONE = '13912345678'
const MESSAGE = { to: PHONE, template: 'SMS_154950909', params: { code: '123456' } }

/** @param startAt epoch milliseconds */
async function newBench(startAt = Date.UTC(2026, 0, 15, 4)) {
  const clock = new FakeClock(startAt)
  const fake = await startFakeAliyun({ clock })
  const { accessKeyId, accessKeySecret } = fake.credentials
  const config = { accessKeyId, accessKeySecret, signName: '阿里云短信测试', endpoint: fake.endpoint }
  const driver = aliyun(config, { clock })
  const lookUp = (id: string, triedAt: number, message: object = MESSAGE) =>
    driver.lookUp(driver.parse(message), new Attempt({ id }), triedAt)
  const send = async (id: string, message: object = MESSAGE) => {
    await driver.send(driver.parse(message), new Attempt({ id }))
  }
  return { clock, fake, driver, lookUp, send, [Symbol.asyncDispose]: () => closeBoth(driver, fake) }
}

async function closeBoth(driver: { close(): Promise<void> }, fake: FakeAliyun): Promise<void> {
  await driver.close()
  await fake.close()
}

it('finds what was accepted before the line broke', async () => {
  await using bench = await newBench()
  const { clock, fake } = bench
  const triedAt = clock.now()
  void fake.failNext('reset_accepted')
  await expect(bench.send('delivery-1')).rejects.toMatchObject({ delivery: 'unknown' })
  await clock.advance(10_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toEqual({ providerId: 'delivery-1', outId: 'delivery-1' })
})

it('knows that there is no such message where the line broke before it was accepted', async () => {
  await using bench = await newBench()
  const { clock, fake } = bench
  const triedAt = clock.now()
  await bench.send('another')
  void fake.failNext('reset')
  await expect(bench.send('delivery-1')).rejects.toMatchObject({ delivery: 'unknown' })
  await clock.advance(10_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toBeUndefined()
})

it('does not judge before Aliyun can have noted it down', async () => {
  await using bench = await newBench()

  const asked = bench.lookUp('delivery-1', bench.clock.now() - 4_000)

  await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 6_000 })
  expect(bench.fake.calls).toEqual([])
})

it('asks for both days around midnight in China', async () => {
  const midnight = Date.UTC(2026, 0, 15, 16)
  await using bench = await newBench(midnight - 5_000)
  const triedAt = bench.clock.now()
  await bench.clock.advance(6_000)
  await bench.send('delivery-1')
  await bench.clock.advance(10_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toMatchObject({ outId: 'delivery-1' })
  expect(await bench.lookUp('delivery-2', triedAt)).toBeUndefined()
  expect(bench.fake.calls.filter((action) => action === 'QuerySendDetails')).toHaveLength(4)
})

it('reads every page', async () => {
  await using bench = await newBench()
  const triedAt = bench.clock.now()
  for (let at = 0; at < 101; at += 1) await bench.send(`delivery-${at}`)
  await bench.clock.advance(10_000)

  expect(await bench.lookUp('delivery-0', triedAt)).toMatchObject({ outId: 'delivery-0' })
})

it('cannot tell by a reference that is not its own', async () => {
  await using bench = await newBench()
  const message = { ...MESSAGE, outId: 'order-7' }

  const asked = bench.lookUp('delivery-1', bench.clock.now() - 60_000, message)

  await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

it('cannot tell after a month', async () => {
  await using bench = await newBench()

  const asked = bench.lookUp('delivery-1', bench.clock.now() - 31 * 86_400_000)

  await expect(asked).rejects.toThrow('does not remember')
})

it('says why Aliyun does not answer, and names neither keys nor the number', async () => {
  await using bench = await newBench()
  const { fake, clock } = bench
  fake.refuseNext('isp.RAM_PERMISSION_DENY')

  const cause: unknown = await bench
    .lookUp('delivery-1', clock.now() - 60_000)
    .catch((thrown: unknown) => thrown)

  expect(NotifyError.isNotifyError(cause) && cause.code).toBe('UNAUTHORIZED')
  expect(findSecrets(cause, [PHONE, fake.credentials.accessKeySecret])).toEqual([])
})

it('sends no second text after a crash of the line, all the way through the outbox', async () => {
  const clock = new FakeClock()
  await using fake = await startFakeAliyun({ clock })
  const { accessKeyId, accessKeySecret } = fake.credentials
  const config = { accessKeyId, accessKeySecret, signName: '阿里云短信测试', endpoint: fake.endpoint }
  const channels = { sms: aliyun(config, { clock }) }
  const notify = createNotify({ channels, clock, outbox: memoryOutbox({ clock }) })
  void fake.failNext('reset_accepted')

  const { id } = await notify.enqueue('sms', MESSAGE)
  await expect
    .poll(async () => {
      await clock.advance(1_000)
      return (await notify.status(id))?.status
    })
    .toBe('sent')

  expect(fake.accepted).toHaveLength(1)
  expect(await notify.status(id)).toMatchObject({ receipt: { outId: id } })
  await notify.close()
})
