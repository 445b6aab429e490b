import { expect, it } from 'vitest'
import { orderedId } from '../../src/core/ordered-id.ts'

it('makes UUIDs of version 7 that sort by their time', () => {
  const times = [0, 1, 255, 1_700_000_000_000, 1_700_000_000_001, 281_474_976_710_655]

  const ids = times.map((time) => orderedId(time))

  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(ids.toSorted()).toEqual(ids)
})

it('makes another one every time', () => {
  const ids = Array.from({ length: 10_000 }, () => orderedId(1_700_000_000_000))

  expect(new Set(ids).size).toBe(10_000)
})
