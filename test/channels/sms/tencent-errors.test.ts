import { describe, expect, it } from 'vitest'
import { startFakeTencent } from '../../../src/channels/sms/fake.ts'
import { tencent } from '../../../src/channels/sms/index.ts'
import { TENCENT_ERRORS } from '../../../src/channels/sms/tencent-errors.ts'
import type { ErrorRow } from '../../../src/core/error-table.ts'
import { FAILURES } from '../../../src/core/failures.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { errorOf } from './support.ts'

const PHONE = '13912345678'
const CODE = '834271'

async function startBench() {
  const fake = await startFakeTencent()
  const templates = { login: { id: '449739', params: ['code', 'minutes'] } }
  const driver = tencent({ ...fake.credentials, endpoint: fake.endpoint, signName: '腾讯云', templates })
  const notify = createNotify({ channels: { sms: driver }, retry: false })
  return {
    fake,
    send: () => notify.send('sms', { to: PHONE, template: 'login', params: { code: CODE, minutes: 5 } }),
    secrets: [fake.credentials.secretId, fake.credentials.secretKey, PHONE, CODE],
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

describe('every code of Tencent’s table', () => {
  it.each(Object.entries(TENCENT_ERRORS))(
    '%s is reported by its row, and shows no secret',
    async (code, row) => {
      await using bench = await startBench()
      const message = `${PHONE} +86${PHONE} ["${CODE}"] ${bench.fake.credentials.secretId}`
      bench.fake.refuseNext(code, { message })

      const result = await bench.send()

      const expected: ErrorRow = row
      const delivery = expected.delivery ?? FAILURES[expected.code].delivery
      const error = errorOf(result)
      expect(error).toMatchObject({ code: expected.code, delivery, provider: { code, status: 200 } })
      expect(error.reason).toBe(expected.reason)
      expect(error.retryAfterMs).toBe(expected.retryAfterMs)
      expect(error.provider?.requestId).toMatch(/^[0-9a-f-]{36}$/)
      expect(findSecrets(result, bench.secrets)).toEqual([])
      expect(bench.fake.accepted).toEqual([])
    },
  )

  it.each([
    ['LimitExceeded.PhoneNumberThirtySecondLimit', 30_000],
    ['LimitExceeded.PhoneNumberOneHourLimit', 3_600_000],
    ['LimitExceeded.PhoneNumberDailyLimit', 86_400_000],
  ])('%s may be tried again in %s ms', async (code, retryAfterMs) => {
    await using bench = await startBench()
    bench.fake.refuseNext(code)

    expect(errorOf(await bench.send())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs })
  })
})

describe('what is in no table', () => {
  it.each([
    ['AuthFailure.SomethingNew', 'UNAUTHORIZED', 'not_sent'],
    ['UnauthorizedOperation.SomethingNew', 'UNAUTHORIZED', 'not_sent'],
    ['RequestLimitExceeded.UinLimitExceeded', 'RATE_LIMITED', 'not_sent'],
    ['InternalError.SomethingNew', 'UNAVAILABLE', 'unknown'],
    ['InvalidParameterValue.SomethingNew', 'DRIVER_FAILED', 'not_sent'],
    ['FailedOperation.SomethingNew', 'DRIVER_FAILED', 'unknown'],
    ['AuthFailures', 'DRIVER_FAILED', 'unknown'],
    ['constructor', 'DRIVER_FAILED', 'unknown'],
  ])('the code %s is %s and %s', async (code, expected, delivery) => {
    await using bench = await startBench()
    bench.fake.refuseNext(code)

    expect(errorOf(await bench.send())).toMatchObject({ code: expected, delivery, provider: { code } })
  })

  it.each([
    [502, '<html><h1>502 Bad Gateway</h1></html>', 'UNAVAILABLE'],
    [504, '', 'UNAVAILABLE'],
    [500, '{"Response":{"SendStatusSet":[{"Code":"Ok","SerialNo":"1"}]}}', 'UNAVAILABLE'],
    [302, '{"Response":{"SendStatusSet":[{"Code":"Ok","SerialNo":"1"}]}}', 'DRIVER_FAILED'],
    [403, '<html>Blocked by the proxy</html>', 'DRIVER_FAILED'],
    [200, '', 'DRIVER_FAILED'],
    [200, 'null', 'DRIVER_FAILED'],
    [200, '{"Response":null}', 'DRIVER_FAILED'],
    [200, '{"Response":{"SendStatusSet":[]}}', 'DRIVER_FAILED'],
    [200, '{"Response":{"SendStatusSet":[null]}}', 'DRIVER_FAILED'],
    [200, '{"Response":{"SendStatusSet":[{"Code":"OK"}]}}', 'DRIVER_FAILED'],
    [200, '{"Response":{"Error":{}}}', 'DRIVER_FAILED'],
    [200, `{"Response":"${'x'.repeat(2_000_000)}"}`, 'DRIVER_FAILED'],
  ])('HTTP %i with the body %.60s is %s and may have been sent', async (status, body, code) => {
    await using bench = await startBench()
    bench.fake.answerNext({ status, body })

    const result = await bench.send()

    expect(errorOf(result)).toMatchObject({ code, delivery: 'unknown' })
    expect(findSecrets(result, bench.secrets)).toEqual([])
  })

  it('a new code with HTTP 5xx is a failure of the service', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 502, body: '{"Response":{"Error":{"Code":"New","Message":"m"}}}' })

    expect(errorOf(await bench.send())).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
  })
})
