import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage, writeMessage } from '../../src/core/stored-message.ts'

const kept = (message: unknown) => readMessage(JSON.parse(JSON.stringify(writeMessage(message))))
const refusal = (message: unknown) => {
  try {
    writeMessage(message)
  } catch (cause) {
    return (cause as Error).message
  }
  return 'none'
}

it('gives back whatever plain data it was given', () => {
  const value = fc.anything({ withDate: true, withBigInt: true, withMap: true, withSet: true })
  const isTold = (message: unknown) => refusal(message) !== 'none'

  fc.assert(
    fc.property(value, (message) => {
      if (isTold(message)) return
      expect(kept(message)).toEqual(message)
    }),
    { numRuns: 500 },
  )
})

describe('a field', () => {
  it.each([
    ['bytes', new Uint8Array([1, 255]), Buffer.from([1, 255])],
    ['a slice of bytes', Buffer.from('abcdef').subarray(2, 4), Buffer.from('cd')],
    ['an ArrayBuffer', new Uint8Array([7]).buffer, Buffer.from([7])],
    ['a URL', new URL('https://example.com/a?b=c'), new URL('https://example.com/a?b=c')],
    ['infinity', Infinity, Infinity],
    ['text with a NUL', 'a\0b', 'a\0b'],
    ['a field that looks like a tag', { $bytes: 'x', $date: 1 }, { $bytes: 'x', $date: 1 }],
    ['an undefined field', { a: 1, b: undefined }, { a: 1 }],
  ])('of %s comes back', (_, value, expected) => {
    expect(kept({ value })).toEqual({ value: expected })
  })

  it('named __proto__ is a field like any other', () => {
    const message: unknown = JSON.parse('{"__proto__":{"isAdmin":true}}')

    const back = kept(message) as object

    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(Object.keys(back)).toEqual(['__proto__'])
  })
})

it('names every field that cannot be kept', () => {
  const circle: Record<string, unknown> = {}
  circle['again'] = circle
  class Own {}

  const text = refusal({ a: [() => 1], b: Symbol('x'), c: new Own(), d: circle, e: new WeakMap() })

  for (const path of ['a.0:', 'b:', 'c:', 'd.again:', 'e:']) expect(text).toContain(path)
})

it('says nothing of the contents', () => {
  expect(refusal({ file: Object.assign(new (class Own {})(), { secret: 'TOP-SECRET' }) })).not.toContain(
    'TOP',
  )
})
