import { expect, it } from 'vitest'
import { AgingMap } from '../../src/pipeline/aging-map.ts'

function keysOf(map: AgingMap<number>): string[] {
  const keys: string[] = []
  for (let { oldest } = map; oldest; { oldest } = map) {
    keys.push(oldest.key)
    map.delete(oldest.key)
  }
  return keys
}

it('gives the oldest entry first, whatever is deleted in between', () => {
  const map = new AgingMap<number>()
  for (const [age, key] of ['a', 'b', 'c', 'd', 'e'].entries()) map.set(key, age)

  map.delete('a')
  map.delete('c')
  map.delete('e')
  map.delete('e')
  map.set('f', 5)

  expect(map.size).toBe(3)
  expect(keysOf(map)).toEqual(['b', 'd', 'f'])
})

it('makes an entry the newest when it is set again or renewed', () => {
  const map = new AgingMap<number>()
  for (const [age, key] of ['a', 'b', 'c'].entries()) map.set(key, age)

  map.set('b', 7)
  map.renewOldest()
  map.set('a', 8)

  expect([map.get('a'), map.get('b'), map.get('none')]).toEqual([8, 7, undefined])
  expect(keysOf(map)).toEqual(['c', 'b', 'a'])
})

it('is empty again after its last entry, and can be filled anew', () => {
  const map = new AgingMap<number>()
  map.renewOldest()
  map.set('a', 1)
  map.delete('a')
  expect([map.oldest, map.size]).toEqual([undefined, 0])

  map.set('b', 2)

  expect(map.oldest).toMatchObject({ key: 'b', value: 2 })
})
