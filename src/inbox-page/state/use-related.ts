/** Other messages that belong to the one that is shown: of its thread, of its timeline. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ListQuery } from '../../sandbox/api.ts'
import type { CapturedMessage, InboxChannel } from '../../sandbox/captured.ts'
import { listMessages, readMessage } from './api-client.ts'
import { useApp } from './app-context.ts'

/** Each is read one by one, as the list does not tell what belongs together. */
const MOST = 30
/** A flood of new messages is let pass by. */
const CALM_MS = 200

export interface RelatedQuery {
  readonly channel: InboxChannel
  readonly q: string
  readonly isRelated: (message: CapturedMessage) => boolean
}

/** Newest first, the message itself included. */
export function useRelated(message: CapturedMessage, query: RelatedQuery): readonly CapturedMessage[] {
  const [related, setRelated] = useState<readonly CapturedMessage[]>([])
  const { inbox } = useApp()
  const held = inbox.state.counts[query.channel]
  const askedFor = useRef('')
  useEffect(() => {
    const pauseMs = askedFor.current === message.id ? CALM_MS : 0
    askedFor.current = message.id
    const timer = setTimeout(() => {
      const { channel, q } = query
      const set = (all: readonly CapturedMessage[]) => {
        if (askedFor.current === message.id) setRelated(all)
      }
      readAll({ channel, q, limit: MOST }).then(set, ignored)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [message, query.channel, query.q, held])
  const others = related.filter(({ id }) => id !== message.id).filter(query.isRelated)
  return [...others, message].sort((one, other) => (one.id < other.id ? 1 : -1))
}

async function readAll(query: ListQuery): Promise<readonly CapturedMessage[]> {
  const { messages } = await listMessages(query)
  const read = await Promise.all(messages.map(({ id }) => readMessage(id).catch(() => undefined)))
  return read.filter((message) => message !== undefined)
}

function ignored(): void {
  // The message is shown alone then.
}
