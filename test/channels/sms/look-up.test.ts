/** Asking Aliyun, over its real SDK, what became of a message whose sending ended without an answer. */
import { expect, it } from 'vitest'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { startFakeAliyun, type FakeAliyun } from '../../../src/channels/sms/fake.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { createNotify, NotifyError } from '../../../src/index.ts'
import { FakeClock, findSecrets, memoryOutbox } from '../../../src/testing/index.ts'

const PHONE = '13912345678'
const CODE = '123456'
const MESSAGE = { to: PHONE, template: 'SMS_154950909', params: { code: CODE } }

/** An answer to QuerySendDetails. */
function detailsOf(fields: object) {
  return { status: 200, body: JSON.stringify({ Code: 'OK', Message: 'OK', ...fields }) }
}

interface BenchInit {
  /** Epoch milliseconds. */
  readonly startAt?: number
  /** Of Aliyun, where it is not ours. */
  readonly theirClock?: FakeClock
  readonly recordLagMs?: number
}

async function newBench({ startAt = Date.UTC(2026, 0, 15, 4), theirClock, recordLagMs = 0 }: BenchInit = {}) {
  const clock = new FakeClock(startAt)
  const fake = await startFakeAliyun({ clock: theirClock ?? clock, recordLagMs })
  const { accessKeyId, accessKeySecret } = fake.credentials
  const config = { accessKeyId, accessKeySecret, signName: '阿里云短信测试', endpoint: fake.endpoint }
  const driver = aliyun(config, { clock })
  const lookUp = (id: string, triedAt: number, message: object = MESSAGE) =>
    driver.lookUp(driver.parse(message), new Attempt({ id }), triedAt)
  /** What it throws, as text with all that it carries searched for what must not be shown. */
  const refusal = async (message: object = MESSAGE) => {
    const triedAt = clock.now() - 60_000
    const cause: unknown = await lookUp('delivery-1', triedAt, message).catch((thrown: unknown) => thrown)
    expect(findSecrets(cause, [PHONE, CODE, accessKeyId, accessKeySecret])).toEqual([])
    return cause as NotifyError
  }
  const send = async (id: string, message: object = MESSAGE) => {
    await driver.send(driver.parse(message), new Attempt({ id }))
  }
  return { clock, fake, driver, lookUp, refusal, send, [Symbol.asyncDispose]: () => closeBoth(driver, fake) }
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
  await using bench = await newBench({ startAt: midnight - 5_000 })
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

it('cannot tell of a message that may have shared a call and its reference with others', async () => {
  await using bench = await newBench()
  const message = bench.driver.parse({ ...MESSAGE, template: 'SMS_154950910' })
  const attempt = new Attempt({ id: 'delivery-1', isBulk: true })

  const asked = bench.driver.lookUp(message, attempt, bench.clock.now() - 60_000)

  await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(bench.fake.calls).toEqual([])
})

it('goes by the idempotency key where there is one, as the message did', async () => {
  await using bench = await newBench()
  const { clock, driver } = bench
  const attempt = new Attempt({ id: 'delivery-1', idempotencyKey: 'order-7' })
  await driver.send(driver.parse(MESSAGE), attempt)
  const triedAt = clock.now()
  await clock.advance(10_000)

  const found = await driver.lookUp(driver.parse(MESSAGE), attempt, triedAt)

  expect(found?.outId).toBe(bench.fake.accepted[0]?.outId)
  expect(await bench.lookUp('delivery-1', triedAt)).toBeUndefined()
})

it('finds what Aliyun notes down ten seconds late', async () => {
  await using bench = await newBench({ recordLagMs: 10_000 })
  const { clock } = bench
  const triedAt = clock.now()
  await bench.send('delivery-1')
  await clock.advance(10_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toMatchObject({ outId: 'delivery-1' })
})

it('finds what another host sent on yesterday’s side of midnight, whose clock was ahead', async () => {
  const midnight = Date.UTC(2026, 0, 15, 16)
  await using bench = await newBench({ startAt: midnight - 60_000 })
  await bench.send('delivery-1')
  await bench.clock.advance(600_000)

  expect(await bench.lookUp('delivery-1', midnight + 60_000)).toMatchObject({ outId: 'delivery-1' })
})

it('finds what was sent on yesterday’s side of midnight by a clock that is an hour ahead', async () => {
  const midnight = Date.UTC(2026, 0, 15, 16)
  const theirClock = new FakeClock(midnight - 1_800_000)
  await using bench = await newBench({ startAt: midnight + 1_800_000, theirClock })
  const triedAt = bench.clock.now()
  await bench.send('delivery-1')
  await bench.clock.advance(600_000)
  await theirClock.advance(600_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toMatchObject({ outId: 'delivery-1' })
})

it('finds what was sent on tomorrow’s side of midnight, by a clock that is behind', async () => {
  const midnight = Date.UTC(2026, 0, 15, 16)
  const theirClock = new FakeClock(midnight + 60_000)
  await using bench = await newBench({ startAt: midnight - 600_000, theirClock })
  const triedAt = bench.clock.now()
  await bench.send('delivery-1')
  await bench.clock.advance(10_000)

  expect(await bench.lookUp('delivery-1', triedAt)).toMatchObject({ outId: 'delivery-1' })
})

it('counts as sent what Aliyun took over and could not deliver', async () => {
  await using bench = await newBench()
  const detail = { OutId: 'delivery-1', PhoneNum: PHONE, SendStatus: 2, ErrCode: 'MOBILE_NOT_ON_SERVICE' }
  bench.fake.answerNext(detailsOf({ TotalCount: '1', SmsSendDetailDTOs: { SmsSendDetailDTO: [detail] } }))

  const found = await bench.lookUp('delivery-1', bench.clock.now() - 60_000)

  expect(found).toEqual({ providerId: 'delivery-1', outId: 'delivery-1' })
})

it.each([
  ['has no count', { SmsSendDetailDTOs: { SmsSendDetailDTO: [] } }],
  ['has an empty count', { TotalCount: '', SmsSendDetailDTOs: { SmsSendDetailDTO: [] } }],
  ['counts a message that it does not list', { TotalCount: '1' }],
])('takes no answer for a no that %s', async (_, fields) => {
  await using bench = await newBench()
  bench.fake.answerNext(detailsOf(fields))
  bench.fake.answerNext(detailsOf(fields))

  const cause = await bench.refusal()

  expect(NotifyError.isNotifyError(cause)).toBe(true)
})

it('says why Aliyun does not answer, and names neither keys nor the number', async () => {
  await using bench = await newBench()
  bench.fake.refuseNext('isp.RAM_PERMISSION_DENY', { message: `RAM权限不足 ${PHONE}` })

  const cause = await bench.refusal()

  expect(cause).toMatchObject({ code: 'UNAUTHORIZED' })
  expect(cause.message).toContain('grant dysms:QuerySendDetails')
})

it('says that the keys are wrong, without them and without what was signed', async () => {
  await using bench = await newBench()
  const { accessKeyId } = bench.fake.credentials
  bench.fake.rotate({ accessKeyId, accessKeySecret: 'AnotherSecretAltogether' })

  expect(await bench.refusal()).toMatchObject({
    code: 'UNAUTHORIZED',
    provider: { code: 'SignatureDoesNotMatch' },
  })
})

it.each(['reset', 'garbage', 'unreachable'] as const)(
  'cannot tell where the line fails (%s), and shows nothing',
  async (fault) => {
    await using bench = await newBench()
    void bench.fake.failNext(fault)

    const cause = await bench.refusal()

    expect(['UNAVAILABLE', 'DRIVER_FAILED']).toContain(cause.code)
  },
)

it('stops asking in the turn of the abort, and closes the line', async () => {
  await using bench = await newBench()
  const { driver, fake, clock } = bench
  const attempt = new Attempt({ id: 'delivery-1' })
  const stalled = fake.failNext('stall')
  const asked = driver
    .lookUp(driver.parse(MESSAGE), attempt, clock.now() - 60_000)
    .catch((cause: unknown) => cause)
  await stalled

  attempt.abort(new NotifyError('TIMED_OUT', 'too long'))

  expect(await asked).toMatchObject({ code: 'ABORTED' })
  await expect.poll(() => fake.connections).toBe(0)
})

it('asks nothing where it is aborted before', async () => {
  await using bench = await newBench()
  const { driver, fake, clock } = bench
  const attempt = new Attempt({ id: 'delivery-1' })
  attempt.abort(new NotifyError('ABORTED', 'given up'))

  const asked = driver.lookUp(driver.parse(MESSAGE), attempt, clock.now() - 60_000)

  await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
  expect(fake.calls).toEqual([])
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
