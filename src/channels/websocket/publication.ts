/** What a message becomes on the wire: its channel, its id, its frame. */
import { createHash } from 'node:crypto'
import type { DeliveryContext } from '../../core/delivery.ts'
import { invalid } from '../../core/parse.ts'
import { maskAddress } from '../../core/redact.ts'
import { refusal } from './errors.ts'
import type { WebSocketTarget } from './message.ts'
import { EVERYONE, personalChannel, topicName, userId } from './names.ts'

export function channelOf(to: WebSocketTarget): string {
  if (to.user !== undefined) return personalChannel(to.user)
  return to.topic ?? EVERYONE
}

/**
 * The other way round.
 * @throws {NotifyError} INVALID_MESSAGE, where it is neither `#` and a user, nor a topic, nor `@all`
 */
export function targetOf(channel: string): WebSocketTarget {
  if (channel === EVERYONE) return { all: true }
  const user = channel.startsWith('#') ? channel.slice(1) : undefined
  const name = user === undefined ? topicName.safeParse(channel) : userId.safeParse(user)
  if (name.success) return user === undefined ? { topic: channel } : { user }
  const message = `expected # and a user id, a topic, or ${EVERYONE}: ${name.error.issues[0]?.message ?? ''}`
  throw invalid('INVALID_MESSAGE', [{ path: 'guard.redirectTo', message }])
}

/** The channel as a result may show it: of a user's id no more than the start. */
export function shownChannelOf(to: WebSocketTarget): string {
  return to.user === undefined ? channelOf(to) : personalChannel(maskAddress(to.user))
}

/** Under one idempotency key always the same, so that clients can drop what they have seen. */
export function messageId({ id, idempotencyKey }: DeliveryContext): string {
  if (idempotencyKey === undefined) return id
  return createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 22)
}

/**
 * The message as clients receive it.
 * @throws {NotifyError} INVALID_MESSAGE, where there is no JSON for it; PAYLOAD_TOO_LARGE, above `maxBytes`
 */
export function encodeWithin(maxBytes: number, envelope: object): string {
  const text = encode(envelope)
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return text
  throw refusal('too_large', `The message takes ${bytes} bytes as JSON; at most ${maxBytes} are allowed`)
}

function encode(envelope: object): string {
  try {
    return JSON.stringify(envelope)
  } catch (cause) {
    throw refusal('not_serializable', 'data could not be written as JSON', cause)
  }
}
