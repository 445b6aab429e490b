/** Whatever bytes come back, reading them neither throws nor calls a message sent that was not. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readToken, readVerdict } from '../../../src/channels/wechat/reply.ts'

const soup = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '"errcode"',
      '"errmsg"',
      '"msgid"',
      ':',
      ',',
      '0',
      '43101',
      '"ok"',
      'null',
      '1e9',
      ' rid: a-b',
      '"access_token"',
      '"expires_in"',
      '-1',
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))

it('reads any bytes', () => {
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' }), fc.json()), (text) => {
      const verdict = readVerdict({ status: 200, text })
      if (verdict) expect((JSON.parse(text) as { errcode: unknown }).errcode).toBe(verdict.errcode)
      const token = readToken({ status: 200, text })
      if (token) expect(token.value).not.toBe('')
    }),
    { numRuns: 5_000 },
  )
})

it.each([
  ['{"errcode":0,"errmsg":"ok","msgid":2258731471823994880}', { errcode: 0, msgid: '2258731471823994880' }],
  ['{"errcode":0,"msgid":"77"}', { errcode: 0, errmsg: '', msgid: '77' }],
  [
    '{"errcode":43101,"errmsg":"no rid: 65ae-1c2d-5a6b"}',
    { errcode: 43101, rid: '65ae-1c2d-5a6b', msgid: undefined },
  ],
  [
    '{"errcode":40001,"errmsg":"no, hints: [ req_id: x ] rid: 1-2 \\"msgid\\": 5"}',
    { rid: '1-2', msgid: undefined },
  ],
])('reads %s', (text, expected) => {
  expect(readVerdict({ status: 200, text })).toMatchObject(expected)
})

it('keeps the beginning of an endless errmsg, and the rid at its end', () => {
  const text = JSON.stringify({ errcode: 40035, errmsg: `${'x'.repeat(100_000)} rid: 1-2-3` })

  expect(readVerdict({ status: 200, text })).toMatchObject({ errmsg: 'x'.repeat(500), rid: '1-2-3' })
})
