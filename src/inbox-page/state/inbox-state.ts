/** What the page knows of the inbox: the newest messages that match, without a gap, and how many there are. Pure. */
import type { InboxEvent, MessageList } from '../../sandbox/api.ts'
import type { CapturedSummary, InboxChannel } from '../../sandbox/captured.ts'
import type { Filter } from './route.ts'

export interface InboxState {
  readonly filter: Filter
  /** Newest first. */
  readonly messages: readonly CapturedSummary[]
  /** How many match, loaded or not. */
  readonly total: number
  readonly counts: Readonly<Record<InboxChannel, number>>
  readonly evicted: number
  readonly isLoaded: boolean
  /** How many have come in at the top since the list was loaded. */
  readonly inserted: number
}

export function emptyInbox(filter: Filter): InboxState {
  const counts = { email: 0, sms: 0, wechat: 0, apns: 0, websocket: 0 }
  return { filter, messages: [], total: 0, counts, evicted: 0, isLoaded: false, inserted: 0 }
}

/** The first page. What was loaded beyond it stays, if it joins on. */
export function withHead(state: InboxState, head: MessageList): InboxState {
  const oldest = head.messages.at(-1)
  const joins = state.messages.findIndex(({ id }) => id === oldest?.id)
  const isAll = head.messages.length >= head.total
  const rest = joins < 0 || isAll ? [] : state.messages.slice(joins + 1)
  const messages = [...head.messages, ...rest]
  const newest = state.messages[0]
  const found = newest ? head.messages.findIndex(({ id }) => id === newest.id) : -1
  const inserted = state.inserted + Math.max(0, found)
  return { ...state, ...numbersOf(head), messages, inserted, isLoaded: true }
}

/** A further page, asked for as older than the last one. */
export function withPage(state: InboxState, page: MessageList): InboxState {
  const last = state.messages.at(-1)
  const older = page.messages.filter(({ id }) => !last || id < last.id)
  const messages = [...state.messages, ...older]
  // Whatever the total says: nothing more came.
  const total = older.length === 0 ? messages.length : page.total
  return { ...state, ...numbersOf(page), messages, total }
}

export function withEvent(state: InboxState, event: InboxEvent): InboxState {
  switch (event.type) {
    case 'captured':
      return withCaptured(state, event.message)
    case 'changed':
      return { ...state, messages: replaced(state.messages, event.message) }
    case 'removed':
      return { ...withoutIds(state, event.ids), evicted: event.evicted }
    case 'cleared':
      return { ...emptyInbox(state.filter), isLoaded: true }
    case 'faults':
      return state
  }
}

/** Whether a change leaves the numbers to be asked for again. */
export function leavesDoubt(event: InboxEvent): boolean {
  return event.type === 'captured' || event.type === 'removed'
}

function numbersOf({ total, counts, evicted }: MessageList) {
  return { total, counts, evicted }
}

function withCaptured(state: InboxState, message: CapturedSummary): InboxState {
  const { counts, messages, filter } = state
  const position = messages.findIndex(({ id }) => id <= message.id)
  if (messages[position]?.id === message.id) return state
  const counted = { ...state, counts: { ...counts, [message.channel]: counts[message.channel] + 1 } }
  // Only the server can tell whether the words of a search occur in it.
  if (filter.q || (filter.channel && filter.channel !== message.channel)) return counted
  if (position < 0 && messages.length < state.total) return counted
  const at = position < 0 ? messages.length : position
  return {
    ...counted,
    messages: messages.toSpliced(at, 0, message),
    total: state.total + 1,
    inserted: state.inserted + (at === 0 ? 1 : 0),
  }
}

function replaced(messages: readonly CapturedSummary[], message: CapturedSummary) {
  return messages.map((each) => (each.id === message.id ? message : each))
}

function withoutIds(state: InboxState, ids: readonly string[]): InboxState {
  const gone = new Set(ids)
  const messages = state.messages.filter(({ id }) => !gone.has(id))
  const removed = state.messages.filter(({ id }) => gone.has(id))
  const counts = { ...state.counts }
  for (const { channel } of removed) counts[channel] = Math.max(0, counts[channel] - 1)
  return { ...state, messages, counts, total: Math.max(messages.length, state.total - removed.length) }
}
