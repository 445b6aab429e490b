/**
 * Why a message was not pushed. No provider stands behind this channel: the codes are the hub's own.
 * Source: this folder; kept in step with docs/channels/websocket.md (2026-11-23).
 */
import type { ErrorTable } from '../../core/error-table.ts'
import { NotifyError } from '../../core/errors.ts'

export const ERRORS = {
  offline: {
    code: 'RECIPIENT_OFFLINE',
    meaning: 'Nobody who is addressed is connected anywhere, and the message is not kept for when they are',
  },
  too_large: {
    code: 'PAYLOAD_TOO_LARGE',
    meaning: 'The message is larger as JSON than `maxOutboundBytes`',
  },
  not_serializable: {
    code: 'INVALID_MESSAGE',
    meaning: 'A `toJSON` or a getter inside `data` threw, so that the message has no JSON form',
  },
  not_kept: {
    code: 'INVALID_MESSAGE',
    meaning: 'The message asks for what only a channel with a history can do, and this one has none',
  },
  not_serving: {
    code: 'INVALID_CONFIG',
    meaning:
      'Neither `attach(server)` nor `listen()` was called, so nobody can be connected; or one of them was, though `server: false` says that nobody is served here',
  },
  address_in_use: {
    code: 'INVALID_CONFIG',
    meaning: '`listen()` could not bind its address; `cause` says why',
  },
  draining: {
    code: 'CLOSED',
    meaning: 'The hub is closing or closed',
  },
} as const satisfies ErrorTable

/** Every failure here is `not_sent`: the hub writes to its sockets in the turn that it is asked. */
export function refusal(code: keyof typeof ERRORS, message: string, cause?: unknown): NotifyError {
  const row = ERRORS[code]
  return new NotifyError(row.code, message, {
    delivery: 'not_sent',
    provider: { code, message: row.meaning },
    cause,
  })
}
