/** What a call for many messages comes to when it fails: said to each, and never more than is known. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NotifyError } from '../../../src/core/errors.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import type { DeadAddress } from '../../../src/core/stores.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import {
  errorsOf,
  numberOf,
  parcel,
  parcels,
  startBatchBench,
  summary,
  tally,
  until,
  type BatchBench,
} from './batch-support.ts'

async function outcomesOf(bench: BatchBench, count: number, more: object = {}) {
  const begun = bench.begin(parcels(count, more))
  await bench.closeWindow()
  return errorsOf(await Promise.all(begun.map(({ outcome }) => outcome)))
}

describe('a refusal that is about one of them', () => {
  it.each([
    'isv.MOBILE_NUMBER_ILLEGAL',
    'isv.BUSINESS_LIMIT_CONTROL',
    'isv.BLACK_KEY_CONTROL_LIMIT',
    'isv.CUSTOMER_REFUSED',
    'isv.SMS_CONTENT_ILLEGAL',
    'isv.TEMPLATE_PARAMS_ILLEGAL',
    'isv.INVALID_PARAMETERS',
    'isv.EXTEND_CODE_ERROR',
  ])(
    '(%s) is never taken for one of all, nor asked again, for the others may have got theirs',
    async (code) => {
      await using bench = await startBatchBench({ retry: { tries: 3, baseDelayMs: 1, onUnknown: 'retry' } })
      bench.fake.refuseNext(code, { keeps: 99 })

      const results = await bench.sendMany(parcels(100))

      expect(summary(results)).toEqual({ 'DRIVER_FAILED unknown': 100 })
      expect(tally(results.map((result) => (result.status === 'failed' ? result.error.scope : '')))).toEqual({
        message: 100,
      })
      expect(bench.fake.calls).toEqual(['SendBatchSms'])
      expect(bench.fake.accepted).toHaveLength(99)
    },
  )

  it('calls no number dead, and leaves the circuit closed', async () => {
    await using bench = await startBatchBench()
    const dead: DeadAddress[] = []
    const hooks = { onAddressInvalid: (address: DeadAddress) => void dead.push(address) }
    const notify = createNotify({ channels: { sms: bench.driver }, hooks, retry: false })
    bench.fake.refuseNext('isv.MOBILE_NUMBER_ILLEGAL')

    for await (const { status } of notify.sendMany('sms', parcels(100))) expect(status).toBe('failed')

    expect(dead).toEqual([])
    expect(notify.health()['sms']).toMatchObject([{ state: 'closed' }])
  })

  it('says so in the text, with Aliyun’s own code and request', async () => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext('isv.CUSTOMER_REFUSED')

    const [error] = await outcomesOf(bench, 2)

    expect(error?.message).toContain('one of the 2 messages in the call')
    expect(error?.provider).toMatchObject({ code: 'isv.CUSTOMER_REFUSED', status: 200 })
    expect(error?.reason).toBeUndefined()
  })

  it('is said as it is where the message is alone', async () => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext('isv.MOBILE_NUMBER_ILLEGAL')

    const errors = await outcomesOf(bench, 1)

    expect(errors).toMatchObject([{ code: 'RECIPIENT_REJECTED', reason: 'invalid', delivery: 'not_sent' }])
  })
})

describe('a refusal that is about all of them', () => {
  it.each([
    ['InvalidAccessKeyId.Inactive', 'UNAUTHORIZED'],
    ['isp.RAM_PERMISSION_DENY', 'UNAUTHORIZED'],
    ['isv.ACCOUNT_ABNORMAL', 'UNAUTHORIZED'],
    ['isv.OUT_OF_SERVICE', 'QUOTA_EXHAUSTED'],
    ['Throttling.User', 'RATE_LIMITED'],
    ['isv.SMS_TEMPLATE_ILLEGAL', 'CONTENT_REJECTED'],
    ['isv.SMS_SIGNATURE_ILLEGAL', 'INVALID_CONFIG'],
    ['MissingParameter', 'INVALID_MESSAGE'],
    ['InvalidVersion', 'INVALID_MESSAGE'],
  ])('(%s) is %s and not sent for each', async (refusal, code) => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext(refusal)

    const errors = await outcomesOf(bench, 10)

    expect(tally(errors.map((error) => `${error.code} ${error.delivery}`))).toEqual({
      [`${code} not_sent`]: 10,
    })
    expect(bench.fake.calls).toHaveLength(1)
  })

  it('names the permission that the key lacks', async () => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext('isp.RAM_PERMISSION_DENY')

    const [error] = await outcomesOf(bench, 2)

    expect(error?.message).toContain('grant dysms:SendBatchSms')
  })

  it('is not one where the sign names differ and one is refused', async () => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext('isv.SMS_SIGNATURE_ILLEGAL')

    const begun = bench.begin([parcel(1), parcel(2, { signName: 'Acme' })])
    await bench.closeWindow()
    const errors = errorsOf(await Promise.all(begun.map(({ outcome }) => outcome)))

    expect(errors).toMatchObject(begun.map(() => ({ code: 'DRIVER_FAILED', delivery: 'unknown' })))
  })
})

describe('where some may have been accepted,', () => {
  it.each([
    ['isv.AMOUNT_NOT_ENOUGH', 'QUOTA_EXHAUSTED'],
    ['isv.DAY_LIMIT_CONTROL', 'QUOTA_EXHAUSTED'],
    ['isv.NEVER_SEEN', 'DRIVER_FAILED'],
    ['isp.SYSTEM_ERROR', 'UNAVAILABLE'],
    ['isp.NEVER_SEEN', 'DRIVER_FAILED'],
  ])('%s is %s and unknown for each', async (refusal, code) => {
    await using bench = await startBatchBench()
    bench.fake.refuseNext(refusal, { keeps: 5 })

    const errors = await outcomesOf(bench, 10)

    expect(tally(errors.map((error) => `${error.code} ${error.delivery}`))).toEqual({
      [`${code} unknown`]: 10,
    })
  })

  it('as after a reset, none is tried again', async () => {
    await using bench = await startBatchBench({ retry: { tries: 3, baseDelayMs: 1 } })
    void bench.fake.failNext('reset_accepted')

    const results = await bench.sendMany(parcels(100))

    expect(summary(results)).toEqual({ 'UNAVAILABLE unknown': 100 })
    expect(bench.fake.calls).toHaveLength(1)
    expect(bench.fake.accepted).toHaveLength(100)
  })

  it.each([
    ['garbage', { status: 200, body: '<html>Welcome to the hotel</html>' }, 'DRIVER_FAILED unknown'],
    ['a gateway’s page', { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE unknown'],
    ['OK with HTTP 503', { status: 503, body: '{"Code":"OK","BizId":"1"}' }, 'UNAVAILABLE unknown'],
  ])('as after %s, all are unknown', async (_, reply, outcome) => {
    await using bench = await startBatchBench()
    bench.fake.answerNext(reply)

    const errors = await outcomesOf(bench, 10)

    expect(tally(errors.map(({ code, delivery }) => `${code} ${delivery}`))).toEqual({ [outcome]: 10 })
  })
})

describe('that could not be made', () => {
  it('is made once more at once, so that one broken connection does not pass for a hundred', async () => {
    await using bench = await startBatchBench()
    void bench.fake.failNext('unreachable')

    const results = await bench.sendMany(parcels(100))

    expect(summary(results)).toEqual({ sent: 100 })
    expect(results.every(({ attempts }) => attempts.length === 1)).toBe(true)
    expect(bench.fake.accepted).toHaveLength(100)
  })

  it('twice was not sent, as each is told', async () => {
    await using bench = await startBatchBench()
    void bench.fake.failNext('unreachable')
    void bench.fake.failNext('unreachable')

    const results = await bench.sendMany(parcels(100))

    expect(summary(results)).toEqual({ 'UNAVAILABLE not_sent': 100 })
    expect(bench.fake.connectionsMade).toBe(2)
  })
})

it('that could not be made twice is tried again by the retry policy, and nobody gets two messages', async () => {
  await using bench = await startBatchBench({ retry: { tries: 3, baseDelayMs: 1 } })
  void bench.fake.failNext('unreachable')
  void bench.fake.failNext('unreachable')

  const sending = bench.sendMany(parcels(100))
  let isDone = false
  void sending.then(() => (isDone = true))
  while (!isDone) {
    await bench.closeWindow()
    await until(() => isDone || bench.clock.pending > 0)
  }
  const results = await sending

  expect(summary(results)).toEqual({ sent: 100 })
  expect(results.every(({ attempts }) => attempts[0]?.error?.delivery === 'not_sent')).toBe(true)
  expect(new Set(bench.fake.accepted.map(({ phoneNumber }) => phoneNumber)).size).toBe(100)
  expect(bench.fake.accepted).toHaveLength(100)
})

it('that is refused because the clock is off is made again with the server’s, as a call for one is', async () => {
  await using bench = await startBatchBench()
  bench.clock.jump(3_600_000)
  bench.fake.refuseNext('InvalidTimeStamp.Expired')

  const outcomes = await outcomesOf(bench, 10)

  expect(outcomes).toEqual([])
  expect(bench.fake.accepted).toHaveLength(10)
})

describe('no error shows', () => {
  it('a number or a value of any message of the call, nor a key', async () => {
    await using bench = await startBatchBench()
    const echo = parcels(5)
      .map(({ params }, index) => `${numberOf(index)} ${JSON.stringify(params)}`)
      .join()
    bench.fake.refuseNext('isv.SMS_CONTENT_ILLEGAL', {
      message: `${echo} ${bench.fake.credentials.accessKeyId}`,
    })

    const errors = await outcomesOf(bench, 5)

    expect(errors).toHaveLength(5)
    const secrets = parcels(5).flatMap((_, index) => [numberOf(index), `day-${index}`])
    const { accessKeyId, accessKeySecret } = bench.fake.credentials
    expect(findSecrets(errors, [...secrets, accessKeyId, accessKeySecret])).toEqual([])
    expect(errors[0]?.message).toContain('[redacted]')
  })

  it('the number of somebody who has left the call meanwhile', async () => {
    await using bench = await startBatchBench()
    const stalled = bench.fake.failNext('stall')
    const others = bench.begin(parcels(3))
    await bench.closeWindow()
    await stalled
    others[0]?.attempt.abort(new NotifyError('ABORTED', 'The caller gave up'))
    await bench.fake.close()

    const errors = errorsOf(await Promise.all(others.map(({ outcome }) => outcome)))

    expect(errors).toHaveLength(3)
    expect(findSecrets(errors, [0, 1, 2].map(numberOf))).toEqual([])
  })

  it('any value, whatever it is', async () => {
    await using bench = await startBatchBench()
    const value = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 20 }).filter(isTaken(bench))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(value, { minLength: 2, maxLength: 5 }), async (values) => {
        bench.fake.refuseNext('isv.SMS_CONTENT_ILLEGAL', { message: `短信内容 ${values.join(' ')} 非法` })
        const begun = bench.begin(values.map((day, index) => parcel(index, { params: { day } })))
        await bench.closeWindow()

        const errors = errorsOf(await Promise.all(begun.map(({ outcome }) => outcome)))

        expect(errors).toHaveLength(values.length)
        for (const error of errors) {
          for (const day of values) expect(error.message.includes(day)).toBe(false)
        }
      }),
      { numRuns: 50 },
    )
  })
})

/** What the schema lets through. */
function isTaken({ driver }: BatchBench) {
  return (day: string) => {
    try {
      driver.parse(parcel(1, { params: { day } }))
      return day.trim() === day && !'Aliyun answered SendBatchSms with isv.SMS_CONTENT_ILLEGAL'.includes(day)
    } catch {
      return false
    }
  }
}
