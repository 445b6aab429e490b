/** Which wishes of a message this transport cannot keep: they are refused, rather than forgotten in silence. */
import type { Issue } from '../../../core/errors.ts'

const API = 'Centrifugo’s API'

/** By field: what is said where the message asks for it. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  ttl: `not kept here: in Centrifugo the channel’s namespace sets it, by history_ttl`,
  key: `not kept here: ${API} keeps no newest of a key`,
  exceptConnection: `not kept here: ${API} publishes to every subscriber`,
  droppable: `not kept here: Centrifugo has no messages that a slow client may miss`,
}

/** @param message what the caller wrote, whether or not it is right otherwise */
export function unsupportedIn(message: object): Issue[] {
  const fields = message as Readonly<Record<string, unknown>>
  const { confirm } = fields
  const isAsked = (field: string) => fields[field] !== undefined && fields[field] !== false
  const issues = Object.entries(UNSUPPORTED)
    .filter(([field]) => isAsked(field))
    .map(([path, text]) => ({ path, message: text }))
  if (confirm !== 'written' && confirm !== 'ack') return issues
  const text = `expected 'published': ${API} cannot tell who a message was written to, or who received it`
  return [{ path: 'confirm', message: text }, ...issues]
}
