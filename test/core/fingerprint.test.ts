import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { fingerprintOf } from '../../src/core/fingerprint.ts'

class Order {
  readonly to: string
  constructor(to: string) {
    this.to = to
  }
}

it('is the same whatever the order of the fields', () => {
  const one = { to: 'a', data: { x: 1, y: [1, { b: 2, a: 1 }] } }
  const other = { data: { y: [1, { a: 1, b: 2 }], x: 1 }, to: 'a' }

  expect(fingerprintOf(one)).toBe(fingerprintOf(other))
})

it('is the same for a field that is undefined and for none', () => {
  expect(fingerprintOf({ a: 1, b: undefined })).toBe(fingerprintOf({ a: 1 }))
})

it.each([
  [{ a: 1 }, { a: 2 }],
  [{ a: '1' }, { a: 1 }],
  [{ a: [1, 2] }, { a: [2, 1] }],
  [[['a', 1]], { a: 1 }],
  [{ a: Buffer.from('x') }, { a: Buffer.from('y') }],
  [{ a: new Uint16Array([1]) }, { a: new Uint16Array([2]) }],
  [{ a: new Uint8Array([1]).buffer }, { a: new Uint8Array([2]).buffer }],
  [{ a: 1n }, { a: 2n }],
  [{ a: new Date(1) }, { a: new Date(2) }],
  [{ a: null }, {}],
  [{ a: NaN }, { a: null }],
  [{ a: Infinity }, { a: -Infinity }],
  [{ a: /x/ }, { a: /y/ }],
  [{ a: new Map([['x', 1]]) }, { a: new Map([['x', 2]]) }],
  [{ a: new Set(['x']) }, { a: new Set(['y']) }],
  [{ a: new URL('http://x/') }, { a: new URL('http://y/') }],
  [{ params: { next: '10:00' } }, { params: { next: '11:00' } }],
  [{ pipe: 1 }, { pipe: 2 }],
  [new Order('ann'), new Order('bob')],
  [{ order: new Order('ann') }, { order: new Order('bob') }],
])('tells %o from %o', (one, other) => {
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other))
})

it('reads the bytes of a buffer once, and no stream', () => {
  const stream = Readable.from(['x'])

  expect(fingerprintOf({ a: Buffer.alloc(4) })).toBe(fingerprintOf({ a: new Uint8Array(4) }))
  expect(fingerprintOf({ a: stream })).toBe(fingerprintOf({ a: Readable.from(['y']) }))
  expect(stream.readableFlowing).toBe(null)
})

it('comes to an end with what holds itself', () => {
  const one: Record<string, unknown> = { to: 'ann' }
  one['self'] = one
  const other: Record<string, unknown> = { to: 'bob' }
  other['self'] = other

  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other))
})
