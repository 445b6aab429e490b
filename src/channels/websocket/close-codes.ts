/**
 * Why the server ends a connection. Clients reconnect by themselves except on 3500-3999 and 4500-4999, which are final.
 * Source: https://centrifugal.dev/docs/server/codes (read 2026-11-23).
 */

export interface CloseReason {
  readonly code: number
  /** At most 123 bytes, and never a user's text. */
  readonly reason: string
}

export const CLOSE = {
  shutdown: { code: 3001, reason: 'shutdown' },
  internalError: { code: 3004, reason: 'internal server error' },
  expired: { code: 3005, reason: 'connection expired' },
  /** Never on the wire: the peer does not read. Told to `onDisconnect` only. */
  slow: { code: 3008, reason: 'slow' },
  forceReconnect: { code: 3011, reason: 'force reconnect' },
  /** Never on the wire, like `slow`. */
  noPong: { code: 3012, reason: 'no pong' },
  tooManyRequests: { code: 3013, reason: 'too many requests' },
  invalidToken: { code: 3500, reason: 'invalid token' },
  badRequest: { code: 3501, reason: 'bad request' },
  stale: { code: 3502, reason: 'stale' },
  forceDisconnect: { code: 3503, reason: 'force disconnect' },
  connectionLimit: { code: 3504, reason: 'connection limit' },
  channelLimit: { code: 3505, reason: 'channel limit' },
  tooManyErrors: { code: 3509, reason: 'too many errors' },
} as const satisfies Record<string, CloseReason>

/** Why the server ends one subscription. Clients subscribe again by themselves from 2500 on. */
export const UNSUBSCRIBE = {
  /** What the client has of the channel is not whole any more. */
  insufficientState: { code: 2500, reason: 'insufficient state' },
  expired: { code: 2501, reason: 'subscription expired' },
} as const satisfies Record<string, CloseReason>
