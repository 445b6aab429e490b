/**
 * Centrifugo's codes in our words, and the HTTP statuses that it or what stands before it answers with. A code missing
 * here is DRIVER_FAILED, never a guess: so is 106, of which nobody says what limit it means. Read 2026-11-26, v6.9.1:
 * https://github.com/centrifugal/centrifugo/blob/master/internal/apiproto/errors.go (100, 102, 104, 107, 108)
 * https://centrifugal.dev/docs/server/codes (101, 103, 111)
 * https://github.com/centrifugal/centrifugo/blob/master/internal/middleware/auth.go (HTTP 401)
 * https://github.com/centrifugal/centrifugo/blob/master/internal/api/handler.go (HTTP 400)
 */
import type { ErrorRow, ErrorTable } from '../../../core/error-table.ts'
import { NotifyError } from '../../../core/errors.ts'
import { ERRORS as HUB } from '../errors.ts'
import { isSuccess, type ApiReply } from './reply.ts'

export const ERRORS = {
  '100': {
    code: 'UNAVAILABLE',
    meaning: 'internal server error, such as a broker that is down; it may have published all the same',
  },
  '101': { code: 'UNAUTHORIZED', meaning: 'unauthorized' },
  '102': {
    code: 'INVALID_CONFIG',
    meaning: 'the channel begins with a namespace (what stands before `:`) that the server does not have',
  },
  '103': { code: 'UNAUTHORIZED', meaning: 'permission denied' },
  '104': { code: 'INVALID_CONFIG', meaning: 'the server has no such method' },
  '107': {
    code: 'INVALID_MESSAGE',
    meaning: 'bad request: the channel’s namespace takes no publications, or none of this kind',
  },
  '108': {
    code: 'INVALID_CONFIG',
    meaning: 'presence or history is not enabled for the channel’s namespace',
  },
  '111': { code: 'RATE_LIMITED', meaning: 'too many requests' },
  'HTTP 400': {
    code: 'DRIVER_FAILED',
    meaning: 'the server could not read the request',
    delivery: 'not_sent',
  },
  'HTTP 401': { code: 'UNAUTHORIZED', meaning: 'the API key is wrong, or the server has none' },
  'HTTP 404': { code: 'INVALID_CONFIG', meaning: 'the API is not there: `endpoint` or `apiPath` is wrong' },
  'HTTP 405': { code: 'INVALID_CONFIG', meaning: 'POST is not allowed: `endpoint` or `apiPath` is wrong' },
  'HTTP 413': { code: 'PAYLOAD_TOO_LARGE', meaning: 'larger than a proxy before the server lets through' },
  'HTTP 429': { code: 'RATE_LIMITED', meaning: 'too many requests for a proxy before the server' },
  offline: {
    code: 'RECIPIENT_OFFLINE',
    meaning: 'with `checkPresence`: nobody is subscribed to the channel, and it keeps nothing. Not published',
  },
  too_large: HUB.too_large,
  not_serializable: HUB.not_serializable,
  no_all_channel: {
    code: 'INVALID_CONFIG',
    meaning: '`to: { all: true }`, and no `allChannel` is configured',
  },
  user_channel: {
    code: 'INVALID_CONFIG',
    meaning: '`userChannel` threw, or returned what is no channel',
  },
} as const satisfies ErrorTable

/** What is refused here before anything is sent. */
export function refusal(
  code: 'offline' | 'no_all_channel' | 'user_channel',
  message: string,
  cause?: unknown,
): NotifyError {
  const row = ERRORS[code]
  return new NotifyError(row.code, message, {
    delivery: 'not_sent',
    provider: { code, message: row.meaning },
    cause,
  })
}

/** The error that an answer stands for which is no yes. */
export function fromReply({ status, error, retryAfterMs }: ApiReply): NotifyError {
  const facts = { status, message: error?.message ?? '', retryAfterMs }
  const code = String(error?.code)
  // What stands before the server has JSON and codes of its own.
  if (error && (rowOf(code) ?? isSuccess(status))) return toError(code, UNLISTED_CODE, facts)
  const unlisted = status >= 500 ? OUTAGE : NOT_UNDERSTOOD
  return toError(`HTTP ${status}`, unlisted, { ...facts, message: '' })
}

const UNLISTED_CODE: ErrorRow = { code: 'DRIVER_FAILED', meaning: 'a code that this driver does not know' }
/** A captive portal, a redirect, half a reply: nobody knows what became of the message. */
const NOT_UNDERSTOOD: ErrorRow = { code: 'DRIVER_FAILED', meaning: 'that is no answer of its own' }
const OUTAGE: ErrorRow = { code: 'UNAVAILABLE', meaning: 'the server, or a proxy before it, failed' }

interface Facts {
  readonly status: number
  /** The server's own text. */
  readonly message: string
  readonly retryAfterMs: number | undefined
}

function toError(code: string, unlisted: ErrorRow, { retryAfterMs, status, message }: Facts): NotifyError {
  const row = rowOf(code) ?? unlisted
  const mayWait = row.code === 'RATE_LIMITED' || row.code === 'UNAVAILABLE'
  return new NotifyError(row.code, `Centrifugo answered ${code}: ${row.meaning}`, {
    provider: { code, message, status },
    delivery: row.delivery,
    retryAfterMs: mayWait ? retryAfterMs : undefined,
  })
}

function rowOf(code: string): ErrorRow | undefined {
  return Object.hasOwn(ERRORS, code) ? (ERRORS as ErrorTable)[code] : undefined
}
