import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isAccepted, readReply, refusal } from '../../../src/channels/sms/aliyun-reply.ts'
import { NotifyError } from '../../../src/core/errors.ts'

const text = fc.oneof(
  fc.string(),
  fc.json(),
  fc.json().map((json) => json.slice(1)),
)
const reply = fc.record({
  Code: fc.oneof(
    fc.constantFrom('OK', 'Throttling', '__proto__', 'toString', ''),
    fc.string(),
    fc.jsonValue(),
  ),
  Message: fc.oneof(fc.string(), fc.jsonValue()),
  RequestId: fc.oneof(fc.string(), fc.jsonValue()),
})
const body = fc.oneof(
  text,
  reply.map((fields) => JSON.stringify(fields)),
)
const headers = fc.record({ date: fc.string(), 'x-acs-retry-after': fc.string() }, { requiredKeys: [] })

it('makes a NotifyError of any answer that is not a yes, and never throws', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, given, answer) => {
      const read = readReply({ status, headers: given, text: answer })

      if (isAccepted(read)) return
      const error = refusal(read, 'SendSms')
      expect(NotifyError.isNotifyError(error)).toBe(true)
      expect(error.provider?.code).not.toBe('')
      expect(error.provider?.status).toBe(status)
      expect(error.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})

it('cuts the echo of a refused signature off, and reads a message of any size in no time', () => {
  const messageOf = (Message: string) =>
    readReply({ status: 400, headers: {}, text: JSON.stringify({ Code: 'SignatureDoesNotMatch', Message }) })
      .message

  expect(messageOf('Not matched.  Server String To Sign is:POST%0A13912345678')).toBe('Not matched.')
  expect(messageOf(`${'İ'.repeat(100)} server string to sign is:POST`)).toBe('İ'.repeat(100))
  expect(messageOf(' '.repeat(100_000))).toBe('')
  expect(messageOf('x'.repeat(100_000))).toHaveLength(500)
})

it('keeps no more of a code than any code has', () => {
  const Code = 'isv.'.padEnd(100_000, 'X')
  const read = readReply({ status: 200, headers: {}, text: JSON.stringify({ Code, RequestId: Code }) })

  const error = refusal(read, 'SendSms')

  expect(error.message.length).toBeLessThan(1_000)
  expect(error.provider?.requestId).toHaveLength(200)
})

it('never takes anything for a yes but a 2xx whose Code is OK', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, (status, answer) => {
      const isYes = isAccepted(readReply({ status, headers: {}, text: answer }))

      if (isYes)
        expect([Math.floor(status / 100), (JSON.parse(answer) as { Code: string }).Code]).toEqual([2, 'OK'])
    }),
  )
})
