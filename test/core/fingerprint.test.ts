import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { fingerprintOf } from '../../src/core/fingerprint.ts'

it('is the same whatever the order of the fields', () => {
  const one = { to: 'a', data: { x: 1, y: [1, { b: 2, a: 1 }] } }
  const other = { data: { y: [1, { a: 1, b: 2 }], x: 1 }, to: 'a' }

  expect(fingerprintOf(one)).toBe(fingerprintOf(other))
})

it.each([
  [{ a: 1 }, { a: 2 }],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [{ a: Buffer.from('x') }, { a: Buffer.from('y') }],
  [{ a: 1n }, { a: 2n }],
  [{ a: new Date(1) }, { a: new Date(2) }],
  [{ a: null }, {}],
])('tells %o from %o', (one, other) => {
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other))
})

it('reads the bytes of a buffer once, and no stream', () => {
  const stream = Readable.from(['x'])

  expect(fingerprintOf({ a: Buffer.alloc(4) })).toBe(fingerprintOf({ a: new Uint8Array(4) }))
  expect(fingerprintOf({ a: stream })).toBe(fingerprintOf({ a: Readable.from(['y']) }))
  expect(stream.readableFlowing).toBe(null)
})
