/** Why a request is not served: its status, and a code that clients know from the protocol. */
import { NotifyError } from '../../../core/errors.ts'
import { CLOSE } from '../close-codes.ts'
import { COMMAND_ERROR } from '../protocol.ts'

export interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 408 | 413 | 429 | 500 | 503
  readonly code: number
  /** Never repeats what the client sent. */
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

const { badRequest, internal, permissionDenied, tokenExpired, tooManyRequests } = COMMAND_ERROR
const RETRY = { headers: { 'Retry-After': '2' } }

export const REFUSAL = {
  badRequest: { status: 400, ...badRequest },
  invalidToken: { status: 401, ...CLOSE.invalidToken, message: CLOSE.invalidToken.reason },
  tokenExpired: { status: 401, ...tokenExpired },
  /** Used, too old, or never issued. Like an expired connection, because the client should begin anew. */
  unknownTicket: { status: 401, code: CLOSE.expired.code, message: 'unknown ticket' },
  unknownSession: { status: 401, code: CLOSE.expired.code, message: 'unknown session' },
  foreignOrigin: { status: 403, ...permissionDenied },
  channelLimit: { status: 403, ...CLOSE.channelLimit, message: CLOSE.channelLimit.reason },
  wrongMethod: { status: 405, ...badRequest },
  /** The rest of the body may never come: the connection cannot be used again. */
  slow: { status: 408, code: internal.code, message: 'request timeout', headers: { Connection: 'close' } },
  tooLarge: { status: 413, ...badRequest },
  tooManyHere: { status: 429, ...tooManyRequests, ...RETRY },
  failed: { status: 500, ...internal },
  busy: { status: 503, ...tooManyRequests, ...RETRY },
  unavailable: { status: 503, ...internal, ...RETRY },
  shutdown: { status: 503, ...CLOSE.shutdown, message: CLOSE.shutdown.reason, ...RETRY },
} as const satisfies Record<string, Refusal>

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(refusal: Refusal, more: Partial<Refusal> = {}) {
    super(refusal.message)
    this.refusal = { ...refusal, ...more }
  }
}

/** What a client is told of anything that was thrown. */
export function refusalOf(cause: unknown): Refusal {
  if (cause instanceof Refused) return cause.refusal
  if (!NotifyError.isNotifyError(cause)) return REFUSAL.failed
  if (cause.code === 'CLOSED') return REFUSAL.shutdown
  return cause.code === 'UNAVAILABLE' ? REFUSAL.unavailable : REFUSAL.failed
}
