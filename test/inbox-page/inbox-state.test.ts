/** What the page knows of the inbox after pages and events. */
import { expect, it } from 'vitest'
import {
  emptyInbox,
  withEvent,
  withHead,
  withPage,
  type InboxState,
} from '../../src/inbox-page/state/inbox-state.ts'
import type { Filter } from '../../src/inbox-page/state/route.ts'
import { idOf, manyMessages, summaryOf } from './support/example-messages.ts'
import { listOf } from './support/list-of.ts'

const many = manyMessages(10)

function loaded(filter: Filter = {}, limit = 4): InboxState {
  return withHead(emptyInbox(filter), listOf(many, new URLSearchParams({ limit: String(limit) })))
}

function message(number: number) {
  const [sample] = many
  if (!sample) throw new Error('There is no message')
  return { ...summaryOf(sample), id: idOf(number) }
}

const numbersOf = ({ messages }: InboxState) => messages.map(({ id }) => Number(id.slice(4, 12)))

it('joins pages without a gap, and no message twice', () => {
  const next = listOf(many, new URLSearchParams({ limit: '4', before: idOf(7) }))

  const state = withPage(withPage(loaded(), next), next)

  expect(numbersOf(state)).toEqual([10, 9, 8, 7, 6, 5, 4, 3])
  expect(state.total).toBe(8)
})

it('puts a new message on top, once', () => {
  const event = { type: 'captured', message: message(11) } as const

  const state = withEvent(withEvent(loaded(), event), event)

  expect(numbersOf(state)).toEqual([11, 10, 9, 8, 7])
  expect(state).toMatchObject({ total: 11, inserted: 1, counts: { sms: 11 } })
})

it('leaves it to the server whether a new message matches a search', () => {
  const state = withEvent(loaded({ q: 'code' }), { type: 'captured', message: message(11) })

  expect(numbersOf(state)).toEqual([10, 9, 8, 7])
  expect(state.counts.sms).toBe(11)
})

it('keeps what was loaded below a new first page that joins on, and drops it below one that does not', () => {
  const more = manyMessages(13)
  const page = (limit: number) => listOf(more, new URLSearchParams({ limit: String(limit) }))

  expect(numbersOf(withHead(loaded(), page(5)))).toEqual([13, 12, 11, 10, 9, 8, 7])
  expect(withHead(loaded(), page(5)).inserted).toBe(3)
  expect(numbersOf(withHead(loaded(), page(2)))).toEqual([13, 12])
})

it('takes away what was removed, and everything when it was cleared', () => {
  const state = withEvent(loaded(), { type: 'removed', ids: [idOf(9), idOf(1)], evicted: 3 })

  expect(numbersOf(state)).toEqual([10, 8, 7])
  expect(state).toMatchObject({ total: 9, evicted: 3, counts: { sms: 9 } })
  expect(withEvent(state, { type: 'cleared' })).toMatchObject({ total: 0, messages: [], isLoaded: true })
})
