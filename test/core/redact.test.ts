import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bareError, maskAddress, redacted, scrubber } from '../../src/core/redact.ts'
import { encodingsIn, EVERY_ENCODING, formsOf } from '../../src/core/secret-forms.ts'
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

  it.each([
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent('p@ss word/1'))],
    ['form-encoded', 'p%40ss+word%2F1'],
    ['in hex', Buffer.from('p@ss word/1').toString('hex')],
    ['in JSON', JSON.stringify({ a: JSON.stringify({ b: 'p@ss word/1' }) })],
    ['in basic authentication', Buffer.from('user:p@ss word/1').toString('base64')],
    ['in AUTH PLAIN', Buffer.from('\0me\0p@ss word/1').toString('base64')],
    ['in the middle of base64', Buffer.from('x=1&p@ss word/1&y=2').toString('base64')],
  ])('cuts a secret out %s', (_, text) => {
    expect(scrubber(['p@ss word/1'])(text)).toContain('[redacted]')
  })

  it.each([
    'code=4821',
    '%7B%22code%22%3A%224821%22%7D',
    '%257B%2522code%2522%253A%25224821%2522',
    'code_4821',
    'code4821',
  ])('cuts a code of 4 digits out of %s', (text) => {
    expect(scrubber(['4821'])(text)).not.toContain('4821')
  })

  it('leaves a longer number alone that happens to hold the code', () => {
    expect(scrubber(['4821'])('request 94821 of 48213')).toBe('request 94821 of 48213')
  })

  it.each(['139 1234 5678', '139-1234-5678', '+86 139-1234-5678', '(139) 1234.5678'])(
    'cuts a phone number out of %s',
    (text) => {
      expect(scrubber(['13912345678'])(text)).not.toMatch(/5678/)
    },
  )

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

  it('can be read property by property, whatever class it had', () => {
    const bare = bareError(new DOMException('aborted', 'AbortError'))

    for (const key in bare) expect(() => (bare as unknown as Record<string, unknown>)[key]).not.toThrow()
    expect(bare).toMatchObject({ name: 'AbortError', message: 'aborted' })
  })

  it('survives a cause that is its own cause', () => {
    const error = new Error('round')
    error.cause = error

    expect(bareError(error).message).toBe('round')
  })
})

it('redacts every part of an error and keeps its facts', () => {
  const error = new NotifyError('RECIPIENT_REJECTED', 'no bob@x.org', {
    provider: { code: '550', message: 'bob@x.org unknown', requestId: 'bob@x.org-1' },
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
    provider: { requestId: '[redacted]-1' },
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

it('makes only the forms that a text may hold, and misses none for that', () => {
  const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  const around = fc.string({ unit: 'binary-ascii', maxLength: 20 })
  fc.assert(
    fc.property(secret, around, around, (own, before, after) => {
      for (const form of formsOf(own, EVERY_ENCODING)) {
        const text = `${before} ${form} ${after}`
        expect(formsOf(own, encodingsIn(text))).toContain(form)
      }
    }),
    { numRuns: 2_000 },
  )
})
