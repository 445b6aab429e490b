/** Where the page is, as its hash says it: `#/?channel=sms&q=code` is a filtered list, `#/m/{id}` a message. */
import type { InboxChannel } from '../../sandbox/captured.ts'

export const CHANNELS = [
  'email',
  'sms',
  'wechat',
  'apns',
  'websocket',
] as const satisfies readonly InboxChannel[]

/** Which messages the list shows. */
export interface Filter {
  readonly channel?: InboxChannel
  readonly q?: string
}

export interface Route extends Filter {
  /** Of the message that is open. */
  readonly id?: string
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const params = new URLSearchParams(query)
  const channel = CHANNELS.find((name) => name === params.get('channel'))
  const q = params.get('q') ?? ''
  const id = idOf(path)
  return { ...(id && { id }), ...(channel && { channel }), ...(q && { q }) }
}

export function formatRoute({ id, channel, q }: Route): string {
  const params = new URLSearchParams({ ...(channel && { channel }), ...(q && { q }) }).toString()
  const path = id ? `#/m/${encodeURIComponent(id)}` : '#/'
  return params ? `${path}?${params}` : path
}

/** The list that a message was opened from. */
export function filterOf({ channel, q }: Route): Filter {
  return { ...(channel && { channel }), ...(q && { q }) }
}

function idOf(path: string): string | undefined {
  const [, written] = /^\/m\/([^/]+)$/.exec(path) ?? []
  try {
    return written && decodeURIComponent(written)
  } catch {
    return undefined // Such as `%zz`, which somebody typed.
  }
}
