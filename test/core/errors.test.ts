import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FAILURES, NotifyError, type FailureCode } from '../../src/index.ts'

describe('NotifyError', () => {
  it('is recognised across copies of the package', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('notiwire.NotifyError')]: true })

    expect(NotifyError.isNotifyError(new NotifyError('CLOSED', 'x'))).toBe(true)
    expect(NotifyError.isNotifyError(foreign)).toBe(true)
    expect(NotifyError.isNotifyError(new Error('x'))).toBe(false)
    expect(NotifyError.isNotifyError({ code: 'CLOSED' })).toBe(false)
  })

  it('keeps code, certainty and the provider’s words in JSON, and no stack', () => {
    const provider = { code: '550', message: 'no such user', status: 550 }
    const error = new NotifyError('RECIPIENT_REJECTED', 'refused', {
      provider,
      reason: 'invalid',
      cause: new Error('x'),
    })

    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'NotifyError',
      code: 'RECIPIENT_REJECTED',
      message: 'refused',
      scope: 'recipient',
      delivery: 'not_sent',
      retryable: false,
      provider,
      reason: 'invalid',
    })
  })

  it.each([Infinity, -Infinity, NaN, -1, undefined])('tells %s as no time to wait', (retryAfterMs) => {
    const error = new NotifyError('RATE_LIMITED', 'slow down', { retryAfterMs })

    expect(error).not.toHaveProperty('retryAfterMs')
    expect(JSON.parse(JSON.stringify(error))).not.toHaveProperty('retryAfterMs')
  })

  it.each([0, 0.5, 86_400_000])('tells %s as the milliseconds to wait', (retryAfterMs) => {
    expect(new NotifyError('RATE_LIMITED', 'slow down', { retryAfterMs }).retryAfterMs).toBe(retryAfterMs)
  })

  it('shows its code, certainty and cause when inspected', () => {
    const error = new NotifyError('UNAVAILABLE', 'down', {
      cause: new Error('ECONNREFUSED'),
      delivery: 'not_sent',
    })

    expect(inspect(error)).toMatch(
      /down[\s\S]*code: 'UNAVAILABLE'[\s\S]*not_sent[\s\S]*\[cause\]: Error: ECONNREFUSED/,
    )
  })

  it.each(Object.keys(FAILURES) as FailureCode[])(
    'never calls %s retryable where a duplicate is possible',
    (code) => {
      expect(new NotifyError(code, 'x', { delivery: 'unknown' }).retryable).toBe(false)
      expect(new NotifyError(code, 'x', { delivery: 'not_sent' }).retryable).toBe(
        FAILURES[code].retry !== 'no',
      )
    },
  )

  it('presumes nothing where the thrower does not say: a lost answer is unknown, a refusal was not sent', () => {
    expect(new NotifyError('UNAVAILABLE', 'x').delivery).toBe('unknown')
    expect(new NotifyError('TIMED_OUT', 'x').delivery).toBe('unknown')
    expect(new NotifyError('RATE_LIMITED', 'x').delivery).toBe('not_sent')
  })
})
