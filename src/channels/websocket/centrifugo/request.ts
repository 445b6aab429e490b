/**
 * The body of the API's `publish`.
 * Source: https://github.com/centrifugal/centrifugo/blob/master/internal/apiproto/api.proto (PublishRequest; read 2026-11-26).
 */
import { toEnvelope, type WebSocketEnvelope, type WebSocketMessage } from '../message.ts'
import { encodeWithin } from '../publication.ts'

export interface PublishRequest {
  readonly channel: string
  readonly data: WebSocketEnvelope
  /** The message's id: the server makes one publication of two under one key within 5 minutes. */
  readonly idempotency_key: string
  /** Present where the message asks for `store: false`. */
  readonly skip_history?: true
}

export interface PublishInit {
  readonly channel: string
  readonly id: string
  readonly message: WebSocketMessage
  readonly maxBytes: number
  /** Epoch milliseconds. */
  readonly now: number
}

/** @throws {NotifyError} INVALID_MESSAGE, where there is no JSON for it; PAYLOAD_TOO_LARGE, above `maxBytes` */
export function publishBody({ channel, id, message, maxBytes, now }: PublishInit): string {
  const data = encodeWithin(maxBytes, toEnvelope(id, message, now))
  const options = { idempotency_key: id, ...(message.store === false && { skip_history: true }) }
  // The data is spliced in as it is, for it is the bulk of it.
  return `{"channel":${JSON.stringify(channel)},"data":${data},${JSON.stringify(options).slice(1)}`
}
