/** Which rows are drawn. */
import { expect, it } from 'vitest'
import { scrollToShow, windowOf } from '../../src/inbox-page/list/virtual-window.ts'

const viewport = { scrollTop: 0, height: 400, rowHeight: 100 }

it.each([
  [0, 10_000, { start: 0, end: 10 }],
  [100_000, 10_000, { start: 994, end: 1_010 }],
  [50, 10_000, { start: 0, end: 11 }],
  [999_600, 10_000, { start: 9_990, end: 10_000 }],
  [0, 2, { start: 0, end: 2 }],
  [0, 0, { start: 0, end: 0 }],
  [-80, 50, { start: 0, end: 10 }],
])('scrolled by %i of %i rows draws those in sight and a few more', (scrollTop, count, drawn) => {
  expect(windowOf({ ...viewport, scrollTop }, count)).toEqual(drawn)
})

it('draws no row that is not there, where a list has become shorter than what was scrolled to', () => {
  expect(windowOf({ ...viewport, scrollTop: 90_000 }, 20)).toEqual({ start: 20, end: 20 })
})

it.each([
  [0, 500, 0],
  [3, 0, 0],
  [4, 0, 100],
  [99, 0, 9_600],
  [5, 300, 300],
])('to show row %i from %i it scrolls to %i', (index, scrollTop, expected) => {
  expect(scrollToShow(index, { ...viewport, scrollTop })).toBe(expected)
})
