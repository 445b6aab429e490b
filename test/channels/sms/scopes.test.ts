/** What a refusal is about: one number, or the account; and which numbers are dead. */
import { describe, expect, it } from 'vitest'
import { startFakeTencent } from '../../../src/channels/sms/fake.ts'
import { tencent } from '../../../src/channels/sms/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { errorOf, startBench } from './support.ts'

async function refusedByTencent(code: string): Promise<unknown> {
  await using fake = await startFakeTencent()
  const templates = { login: { id: '449739', params: ['code', 'minutes'] } }
  const driver = tencent({ ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates })
  fake.refuseNext(code)
  const message = driver.parse({ to: '13800138000', template: 'login', params: { code: '4821', minutes: 5 } })
  const error = await driver.send(message, new Attempt({ id: 'd-1' })).catch((cause: unknown) => cause)
  await driver.close()
  return error
}

async function refusedByAliyun(code: string, message?: string): Promise<unknown> {
  await using bench = await startBench()
  bench.fake.refuseNext(code, message === undefined ? {} : { message })
  return errorOf(await bench.send())
}

describe('a limit', () => {
  it.each([
    ['触发分钟级流控Permits:1', 60_000],
    ['触发小时级流控Permits:5', 3_600_000],
    ['触发天级流控Permits:10', 86_400_000],
  ])('of one number at Aliyun (%s) concerns that number alone', async (text, retryAfterMs) => {
    const error = await refusedByAliyun('isv.BUSINESS_LIMIT_CONTROL', text)

    expect(error).toMatchObject({ code: 'RATE_LIMITED', scope: 'recipient', retryAfterMs })
  })

  it.each(['Throttling', 'Throttling.User', 'Throttling.Api'])(
    'of the account at Aliyun (%s) concerns every message',
    async (code) => {
      expect(await refusedByAliyun(code)).toMatchObject({ code: 'RATE_LIMITED', scope: 'quota' })
    },
  )

  it.each([
    ['LimitExceeded.PhoneNumberThirtySecondLimit', 30_000],
    ['LimitExceeded.PhoneNumberOneHourLimit', 3_600_000],
    ['LimitExceeded.PhoneNumberDailyLimit', 86_400_000],
    ['LimitExceeded.PhoneNumberSameContentDailyLimit', 86_400_000],
    ['LimitExceeded.DeliveryFrequencyLimit', undefined],
  ])('of one number at Tencent (%s) concerns that number alone', async (code, retryAfterMs) => {
    const error = await refusedByTencent(code)

    expect(error).toMatchObject({ code: 'RATE_LIMITED', scope: 'recipient' })
    expect((error as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs)
  })

  it('of the account at Tencent concerns every message', async () => {
    const error = await refusedByTencent('RequestLimitExceeded')

    expect(error).toMatchObject({ code: 'RATE_LIMITED', scope: 'quota' })
  })
})

describe('a number is dead', () => {
  it.each([
    ['isv.MOBILE_NUMBER_ILLEGAL', 'invalid'],
    ['MOBILE_IN_BLACK', 'unsubscribed'],
    ['isv.CUSTOMER_REFUSED', 'unsubscribed'],
    ['USER_REJECT', 'unsubscribed'],
  ])('when Aliyun answers %s: %s', async (code, reason) => {
    expect(await refusedByAliyun(code)).toMatchObject({ code: 'RECIPIENT_REJECTED', reason })
  })

  it.each([
    ['InvalidParameterValue.IncorrectPhoneNumber', 'invalid'],
    ['FailedOperation.PhoneNumberInBlacklist', 'unsubscribed'],
  ])('when Tencent answers %s: %s', async (code, reason) => {
    expect(await refusedByTencent(code)).toMatchObject({ code: 'RECIPIENT_REJECTED', reason })
  })

  it('but not when the blocklist may mean a value of the text', async () => {
    const error = await refusedByAliyun('isv.BLACK_KEY_CONTROL_LIMIT')

    expect(error).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'refused' })
  })

  it.each(['UnsupportedOperation.UnsupportedRegion', 'LimitExceeded.AppCountryOrRegionInBlacklist'])(
    'but not when only Tencent does not send there (%s)',
    async (code) => {
      expect(await refusedByTencent(code)).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'refused' })
    },
  )
})
