/** Answers `GET /api/messages` from an array, newest last. */
import type { MessageList } from '../../../src/sandbox/api.ts'
import type { CapturedMessage, InboxChannel } from '../../../src/sandbox/captured.ts'
import { summaryOf } from './example-messages.ts'

export function listOf(messages: readonly CapturedMessage[], query: URLSearchParams): MessageList {
  const channel = query.get('channel')
  const before = query.get('before')
  const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const matching = messages.filter(
    (message) => (!channel || message.channel === channel) && words.every((word) => hasWord(message, word)),
  )
  const newestFirst = matching.toReversed().filter(({ id }) => !before || id < before)
  return {
    messages: newestFirst.slice(0, Number(query.get('limit') ?? 100)).map(summaryOf),
    total: matching.length,
    counts: countsOf(messages),
    evicted: 0,
  }
}

function hasWord({ to, title, preview, code = '' }: CapturedMessage, word: string): boolean {
  return [...to, title, preview, code].join(' ').toLowerCase().includes(word)
}

function countsOf(messages: readonly CapturedMessage[]): Record<InboxChannel, number> {
  const counts = { email: 0, sms: 0, wechat: 0, apns: 0, websocket: 0 }
  for (const { channel } of messages) counts[channel] += 1
  return counts
}
