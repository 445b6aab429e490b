/** Messages to connections, as they reach a device. */
import type { Hint, WebSocketView } from '../captured.ts'
import type { CaptureDraft } from '../draft.ts'
import { oneLine } from '../one-line.ts'
import { commonOf, hint, unfilledHints, type Arrived } from './capture.ts'

export interface Published {
  readonly channel: string
  readonly data: unknown
  /** Connections that it was written to; null where that cannot be known. */
  readonly connections: number | null
  readonly isStored: boolean
  /** Who has said already that they have it. */
  readonly acks?: WebSocketView['acks']
}

export function captureWebSocket(arrived: Arrived, published: Published): CaptureDraft {
  const view = viewOf(published)
  const { title = '', body = '', type = '' } = view
  const { id } = Object(published.data) as { readonly id?: unknown }
  return {
    ...commonOf(arrived, hintsOf(view)),
    title: oneLine(title || type || published.channel),
    preview: oneLine(body || (JSON.stringify(published.data) ?? '')),
    view,
    providerIds: typeof id === 'string' ? [id] : [],
  }
}

function viewOf({ channel, data, connections, isStored, acks = [] }: Published): WebSocketView {
  const fields = Object(data) as Readonly<Record<string, unknown>>
  const texts = ['type', 'title', 'body', 'url'].flatMap((name) => {
    const value = fields[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return {
    kind: 'websocket',
    ...{ channel, data, connections, isStored },
    target: targetOf(channel),
    ...Object.fromEntries(texts),
    acks,
  }
}

function targetOf(channel: string): WebSocketView['target'] {
  if (channel === '@all') return { all: true }
  return channel.startsWith('#') ? { user: channel.slice(1) } : { topic: channel }
}

function hintsOf({ title = '', body = '', connections }: WebSocketView): Hint[] {
  const hints: Hint[] = [...unfilledHints(`${title}\n${body}`)]
  if (connections === 0)
    hints.push(hint('info', 'nobody_connected', { text: 'Nobody is connected to receive it' }))
  return hints
}
