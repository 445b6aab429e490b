/** One text message over two real providers: Alibaba Cloud first, Tencent Cloud where that cannot. */
import { expect, it } from 'vitest'
import { startFakeAliyun, startFakeTencent } from '../../src/channels/sms/fake.ts'
import { aliyun, tencent } from '../../src/channels/sms/index.ts'
import { createNotify, failover } from '../../src/index.ts'

const MESSAGE = { to: '13912345678', template: 'login', params: { code: '4821', minutes: 5 } } as const

async function setUp() {
  const ali = await startFakeAliyun({
    signs: ['阿里'],
    templates: { SMS_1: { content: '${code} for ${minutes}' } },
  })
  const ten = await startFakeTencent()
  const first = aliyun({
    ...{ ...ali.credentials, endpoint: ali.endpoint, signName: '阿里' },
    templates: { login: { code: 'SMS_1', params: ['code', 'minutes'] } },
  })
  const second = tencent({
    ...{ ...ten.credentials, endpoint: ten.endpoint, signName: '腾讯云' },
    templates: { login: { id: '449739', params: ['code', 'minutes'] } },
  })
  const notify = createNotify({ channels: { sms: failover(first, second) }, retry: false })
  return {
    ...{ ali, ten, notify },
    accepted: () => [ali.accepted.length, ten.accepted.length],
    async [Symbol.asyncDispose]() {
      await notify.close()
      await ali.close()
      await ten.close()
    },
  }
}

it.each([
  ['cannot be reached', 'unreachable', 'UNAVAILABLE'],
  ['refuses its credentials', 'InvalidAccessKeyId.NotFound', 'UNAUTHORIZED'],
  ['has no balance left', 'isv.AMOUNT_NOT_ENOUGH', 'QUOTA_EXHAUSTED'],
  ['takes no more for this number', 'isv.BUSINESS_LIMIT_CONTROL', 'RATE_LIMITED'],
] as const)('goes out through the second provider where the first %s', async (_, fault, code) => {
  await using bench = await setUp()
  if (fault === 'unreachable') void bench.ali.failNext(fault)
  else bench.ali.refuseNext(fault)

  const result = await bench.notify.send('sms', MESSAGE)

  expect(result).toMatchObject({
    status: 'sent',
    provider: 'tencent',
    attempts: [{ provider: 'aliyun', error: { code, delivery: 'not_sent' } }, { provider: 'tencent' }],
  })
  expect(bench.accepted()).toEqual([0, 1])
  expect(bench.ten.accepted[0]?.text).toBe('【腾讯云】您的动态验证码为4821，5分钟内有效。')
})

it.each(['isv.MOBILE_NUMBER_ILLEGAL', 'isv.SMS_TEMPLATE_ILLEGAL'])(
  'is not asked of the second where the first refuses number or text: %s',
  async (code) => {
    await using bench = await setUp()
    bench.ali.refuseNext(code)

    const result = await bench.notify.send('sms', MESSAGE)

    expect(result).toMatchObject({ status: 'failed', provider: 'aliyun', error: { provider: { code } } })
    expect(result.attempts).toHaveLength(1)
    expect(bench.accepted()).toEqual([0, 0])
  },
)

it('is not sent a second time where the first accepted it and its answer was lost', async () => {
  await using bench = await setUp()
  void bench.ali.failNext('reset_accepted')

  const result = await bench.notify.send('sms', MESSAGE)

  expect(result).toMatchObject({ status: 'failed', error: { delivery: 'unknown' } })
  expect(bench.accepted()).toEqual([1, 0])
})

it('fails with what each provider said where neither can', async () => {
  await using bench = await setUp()
  bench.ali.refuseNext('isv.AMOUNT_NOT_ENOUGH')
  bench.ten.refuseNext('FailedOperation.InsufficientBalanceInSmsPackage')

  const result = await bench.notify.send('sms', MESSAGE)

  const codes = result.status === 'failed' && causesOf(result.error.cause)
  expect(codes).toEqual(['isv.AMOUNT_NOT_ENOUGH', 'FailedOperation.InsufficientBalanceInSmsPackage'])
  expect(result.attempts.map(({ provider }) => provider)).toEqual(['aliyun', 'tencent'])
})

function causesOf(cause: unknown): unknown[] {
  const { errors } = cause as { errors: readonly { readonly provider?: { readonly code: string } }[] }
  return errors.map(({ provider }) => provider?.code)
}
