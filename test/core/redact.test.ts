import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bareError, maskAddress, redacted, scrubber } from '../../src/core/redact.ts'
import { NotifyError } from '../../src/index.ts'
import { findSecrets } from '../../src/testing/index.ts'

describe('scrubber', () => {
  it.each([
    ['plain', 'pass=hunter22!'],
    ['URL-encoded', `pass=${encodeURIComponent('hunter22!')}`],
    ['base64', `AUTH PLAIN ${Buffer.from('hunter22!').toString('base64')}`],
    ['in capitals', 'HUNTER22!'],
  ])('cuts a secret out %s', (_, text) => {
    expect(scrubber(['hunter22!'])(text)).toContain('[redacted]')
    expect(findSecrets(scrubber(['hunter22!'])(text), ['hunter22!'])).toEqual([])
  })

  it('cuts a short secret only where it stands alone', () => {
    expect(scrubber(['42'])('user 42 of 4242')).toBe('user [redacted] of 4242')
  })

  it('cuts the longer of two overlapping secrets whole', () => {
    expect(scrubber(['bob', 'bob@example.com'])('to bob@example.com')).toBe('to [redacted]')
  })

  it('cuts secrets of any length and number', () => {
    const long = 'x1'.repeat(200_000)
    const many = Array.from({ length: 5_000 }, (_, i) => `user-${i}@example.com`)

    expect(scrubber([long])(`a ${long} b`)).toBe('a [redacted] b')
    expect(scrubber(many)('user-4999@example.com and user-7@example.com')).toBe('[redacted] and [redacted]')
  })

  it('leaves no secret of 5 characters or more in any text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5 }), fc.string(), fc.string(), (secret, before, after) => {
        expect(scrubber([secret])(before + secret + after).includes(secret)).toBe(
          '[redacted]'.includes(secret),
        )
      }),
    )
  })
})

describe('bareError', () => {
  it('keeps class, message, stack and plain codes, and drops what hangs on the error', () => {
    const error = Object.assign(new RangeError('broken'), {
      code: 'E_X',
      request: { token: 'abc' },
      errno: -111,
    })

    const bare = bareError(error)

    expect(bare).toBeInstanceOf(RangeError)
    expect(bare).toMatchObject({ message: 'broken', code: 'E_X', errno: -111, stack: error.stack })
    expect(inspect(bare, { showHidden: true })).not.toContain('abc')
  })

  it.each([
    ['a text', 'oops'],
    [null, 'null'],
    [{ secret: 'x' }, 'object'],
  ])('describes the thrown %j', (thrown, text) => {
    expect(bareError(thrown === 'a text' ? 'oops' : thrown).message).toContain(text)
  })

  it('survives a cause that is its own cause', () => {
    const error = new Error('round')
    error.cause = error

    expect(bareError(error).message).toBe('round')
  })
})

it('redacts every part of an error and keeps its facts', () => {
  const error = new NotifyError('RECIPIENT_REJECTED', 'no bob@x.org', {
    provider: { code: '550', message: 'bob@x.org unknown', requestId: 'r1' },
    issues: [{ path: 'to', message: 'bob@x.org' }],
    cause: new Error('bob@x.org'),
    reason: 'invalid',
    since: new Date(0),
  })

  const clean = redacted(error, scrubber(['bob@x.org']))

  expect(findSecrets(clean, ['bob@x.org'])).toEqual([])
  expect(clean).toMatchObject({
    code: 'RECIPIENT_REJECTED',
    reason: 'invalid',
    since: new Date(0),
    provider: { requestId: 'r1' },
  })
})

it.each([
  ['bob@example.com', 'b***@example.com'],
  ['13800138000', '138****8000'],
  ['+14155550100', '+14****0100'],
  ['9f3a11cc', '…'],
  ['9f3a11cc22dd', '9f3a…'],
])('masks %s as %s', (address, masked) => {
  expect(maskAddress(address)).toBe(masked)
})
