/** What the URL of a stream asks for. */
import { readSince } from '../commands/params.ts'
import { personalChannel } from '../names.ts'
import { isObject } from '../protocol.ts'
import { positionOf } from '../publication-frame.ts'
import type { HandledRequest } from './body.ts'
import { REFUSAL, Refused } from './refused.ts'

const MAX_SUBS_LENGTH = 16_384

export interface Wishes {
  readonly ticket: string
  /** By channel: where to go on, of those that the server subscribes to and of every topic that is wanted. */
  readonly subs: Readonly<Record<string, unknown>>
  /** The header `Last-Event-ID`; empty where there is none. */
  readonly lastEventId: string
}

/** As the client asked for it, whatever a router has cut off since. */
export function urlOf({ originalUrl, url }: HandledRequest): {
  readonly path: string
  readonly query: string
} {
  const [path = '', ...query] = (originalUrl ?? url ?? '').split('?')
  return { path, query: query.join('?') }
}

/** @throws {Refused} where it is anything else */
export function readWishes(request: HandledRequest): Wishes {
  const query = new URLSearchParams(urlOf(request).query)
  const { 'last-event-id': lastEventId } = request.headers
  return {
    ticket: query.get('ticket') ?? '',
    subs: readSubs(query.get('subs') ?? '{}'),
    lastEventId: typeof lastEventId === 'string' ? lastEventId : '',
  }
}

/** The id of the last event counts for the user's own channel, unless the client knows better. */
export function positionsOf({ subs, lastEventId }: Wishes, user: string): Record<string, unknown> {
  const own = personalChannel(user)
  const position = positionOf(lastEventId)
  if (!position || readSince(subs[own])) return subs
  return { ...subs, [own]: { recover: true, ...position } }
}

function readSubs(text: string): Record<string, unknown> {
  const subs = text.length > MAX_SUBS_LENGTH ? undefined : parseJson(text)
  if (isObject(subs)) return subs
  throw new Refused(REFUSAL.badRequest, { message: 'bad request: expected subs of JSON, by channel' })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
