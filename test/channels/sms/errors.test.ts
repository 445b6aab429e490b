import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../../src/channels/sms/errors.ts'
import type { ErrorRow } from '../../../src/core/error-table.ts'
import { FAILURES } from '../../../src/core/failures.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { CODE, errorOf, PHONE, secretsOf, startBench } from './support.ts'

const rows = Object.entries(ERRORS)
const JSON_TYPE = { 'content-type': 'application/json' }

/** What the provider might say about the message: it shows number, code and key. */
const chatty = (keyId: string) => `${PHONE} +86${PHONE} {"code":"${CODE}"} %22${CODE}%22 ${keyId}`

describe('every code of the table', () => {
  it.each(rows)('%s is reported by its row, and shows no secret', async (code, row: ErrorRow) => {
    await using bench = await startBench()
    const message = chatty(bench.fake.credentials.accessKeyId)
    // A clock that is off is corrected once: it has to be refused again.
    const times = code === 'InvalidTimeStamp.Expired' ? 2 : 1
    for (let time = 0; time < times; time += 1) bench.fake.refuseNext(code, { message })

    const result = await bench.send()

    const delivery = row.delivery ?? FAILURES[row.code].delivery
    expect(errorOf(result)).toMatchObject({ code: row.code, delivery, provider: { code } })
    expect(errorOf(result).reason).toBe(row.reason)
    expect(errorOf(result).provider?.requestId).toMatch(/^[0-9A-F-]{36}$/)
    expect(findSecrets(result, secretsOf(bench.fake))).toEqual([])
    expect(bench.fake.accepted).toEqual([])
  })
})

describe('what is told by more than the code', () => {
  it.each([
    ['触发分钟级流控Permits:1', 60_000],
    ['触发小时级流控Permits:5', 3_600_000],
    ['触发天级流控Permits:10', 86_400_000],
    ['触发号码天级流控Permits:40', 86_400_000],
    ['some new wording', undefined],
  ])('a frequency limit saying %s may be tried again in %s ms', async (message, retryAfterMs) => {
    await using bench = await startBench()
    bench.fake.refuseNext('isv.BUSINESS_LIMIT_CONTROL', { message })

    const error = errorOf(await bench.send())

    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true })
    expect(error.retryAfterMs).toBe(retryAfterMs)
  })

  it.each(['Throttling', 'Throttling.User', 'Throttling.SomethingNew'])(
    '%s says how long to wait, in milliseconds',
    async (code) => {
      await using bench = await startBench()
      const body = JSON.stringify({ Code: code, Message: 'Request was denied', RequestId: 'R-1' })
      bench.fake.answerNext({ status: 429, headers: { ...JSON_TYPE, 'x-acs-retry-after': '1250' }, body })

      const error = errorOf(await bench.send())

      expect(error).toMatchObject({ code: 'RATE_LIMITED', delivery: 'not_sent', retryAfterMs: 1250 })
      expect(error.provider).toMatchObject({ code, requestId: 'R-1', status: 429 })
    },
  )

  it.each([
    ['MissingPhoneNumbers', 'INVALID_MESSAGE', 'not_sent'],
    ['isv.SOMETHING_NEW', 'DRIVER_FAILED', 'not_sent'],
    ['isp.SOMETHING_NEW', 'DRIVER_FAILED', 'unknown'],
    ['SomethingNew', 'DRIVER_FAILED', 'unknown'],
    ['constructor', 'DRIVER_FAILED', 'unknown'],
  ])('the code %s, which is in no table, is %s and %s', async (code, expected, delivery) => {
    await using bench = await startBench()
    bench.fake.refuseNext(code)

    expect(errorOf(await bench.send())).toMatchObject({ code: expected, delivery, provider: { code } })
  })

  it('a new code with HTTP 5xx is a failure of the service', async () => {
    await using bench = await startBench()
    bench.fake.refuseNext('SomethingNew', { status: 502 })

    expect(errorOf(await bench.send())).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
  })
})

describe('answers that are not Aliyun’s', () => {
  it.each([
    [502, '<html><h1>502 Bad Gateway</h1></html>', 'UNAVAILABLE'],
    [503, '<html><h1>503 Service Unavailable</h1></html>', 'UNAVAILABLE'],
    [504, '', 'UNAVAILABLE'],
    [403, '<html>Blocked by the proxy</html>', 'DRIVER_FAILED'],
    [302, '', 'DRIVER_FAILED'],
    [200, '', 'DRIVER_FAILED'],
    [200, '<html>Welcome to the hotel</html>', 'DRIVER_FAILED'],
    [200, '{"Code":"OK"', 'DRIVER_FAILED'],
    [200, 'null', 'DRIVER_FAILED'],
    [200, '[]', 'DRIVER_FAILED'],
    [200, '{"Message":"OK"}', 'DRIVER_FAILED'],
    [200, '{"Code":200}', 'DRIVER_FAILED'],
    [302, '{"Code":"OK","BizId":"1"}', 'DRIVER_FAILED'],
    [500, '{"Code":"OK","BizId":"1"}', 'UNAVAILABLE'],
    [200, '{"Code":"OK","BizId":{"not":"text"}}', 'DRIVER_FAILED'],
  ])('HTTP %i with the body %j is %s and may have been sent', async (status, body, code) => {
    await using bench = await startBench()
    bench.fake.answerNext({ status, headers: { 'content-type': 'text/html' }, body })

    const result = await bench.send()

    expect(errorOf(result)).toMatchObject({ code, delivery: 'unknown' })
    expect(findSecrets(result, secretsOf(bench.fake))).toEqual([])
  })

  it('keeps the HTTP status, which the stock client loses', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 503, body: '<html>503</html>' })

    expect(errorOf(await bench.send()).provider).toMatchObject({ code: 'HTTP 503', status: 503 })
  })

  it('gives up on an endless answer', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 200, body: 'x'.repeat(2_000_000) })

    const error = errorOf(await bench.send())

    expect(error).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'unknown' })
    expect(error.message).toContain('a reply above 1048576 bytes')
  })

  it.each([302, 500])('says that HTTP %i with the code OK contradicts itself', async (status) => {
    await using bench = await startBench()
    bench.fake.answerNext({ status, body: '{"Code":"OK","BizId":"1"}' })

    expect(errorOf(await bench.send()).message).toContain(`the code OK and HTTP ${status}, which contradict`)
  })

  it('is sent, under our own reference, when Aliyun says OK and gives no id', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ status: 200, body: '{"Code":"OK","Message":"OK","RequestId":"R-1"}' })

    const result = await bench.send()

    expect(result).toMatchObject({ status: 'sent', receipt: { providerId: result.id, outId: result.id } })
  })
})
