/**
 * APNs' reasons in our words. A reason missing here is DRIVER_FAILED, never a guess.
 * Source, read 2026-11-23: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 * (`BadEnvironmentKeyInToken` is what arrives where that page writes `BadEnvironmentKeyIdInToken`).
 */
import type { ErrorRow, ErrorTable } from '../../core/error-table.ts'
import { NotifyError, type ProviderReply } from '../../core/errors.ts'
import type { FailureCode } from '../../core/failures.ts'
import { shortened } from './foreign-text.ts'
import type { Loss, PushReply } from './transport.ts'

/** Apple asks for 15 minutes before a push is tried again after a 5xx. */
const SERVER_PAUSE_MS = 15 * 60_000
/** Ours: Apple only asks for a pause. */
const DEVICE_PAUSE_MS = 60_000
/** Ours: connections are replaced at most this often for a 500 or too many provider tokens. */
export const CONNECTION_PAUSE_MS = 30_000

const content = (meaning: string): ErrorRow => ({ code: 'CONTENT_REJECTED', meaning })
/** The device token is dead. */
const dead = (meaning: string): ErrorRow => ({ code: 'RECIPIENT_REJECTED', reason: 'invalid', meaning })
/** Says nothing against the device token: another driver may reach it. */
const undeliverable = (meaning: string): ErrorRow => ({
  code: 'RECIPIENT_REJECTED',
  reason: 'refused',
  meaning,
})
const credentials = (meaning: string): ErrorRow => ({ code: 'UNAUTHORIZED', meaning })
const server = (meaning: string): ErrorRow => ({
  code: 'UNAVAILABLE',
  delivery: 'not_sent',
  retryAfterMs: SERVER_PAUSE_MS,
  meaning,
})
const driver = (meaning: string): ErrorRow => ({ code: 'DRIVER_FAILED', delivery: 'not_sent', meaning })

export const ERRORS = {
  BadDeviceToken: dead('not a device token, or one of the other environment'),
  DeviceTokenNotForTopic: undeliverable('the device token belongs to another app'),
  MissingDeviceToken: undeliverable('no device token in the path'),
  BadCollapseId: content('collapseId is longer than 64 bytes'),
  BadExpirationDate: content('expiration is not epoch seconds'),
  BadMessageId: content('apnsId is not a UUID'),
  BadPriority: content('priority is not one this push type takes'),
  BadTopic: content('the topic is malformed'),
  DuplicateHeaders: content('a header was sent twice'),
  InvalidPushType: content('the push type does not fit the payload or the topic'),
  MissingPushType: content('no push type was sent'),
  MissingTopic: content('no topic was sent'),
  PayloadEmpty: content('the payload is empty'),
  MissingChannelId: content('no broadcast channel was named'),
  BadChannelId: content('the broadcast channel id is malformed'),
  CannotCreateChannelConfig: content('the app has as many broadcast channels as Apple allows'),
  PayloadTooLarge: { code: 'PAYLOAD_TOO_LARGE', meaning: 'the payload is too large' },
  IdleTimeout: {
    code: 'UNAVAILABLE',
    delivery: 'not_sent',
    meaning: 'the connection was idle too long; sent again on a new one, twice at most',
  },
  TopicDisallowed: credentials('these credentials may not push to this topic'),
  BadCertificate: credentials('the certificate is invalid'),
  BadCertificateEnvironment: credentials('the certificate is for the other environment'),
  Forbidden: credentials('the action is not allowed'),
  InvalidProviderToken: credentials('key, keyId and teamId do not belong together, or the key was revoked'),
  MissingProviderToken: credentials('no provider token was sent, and no client certificate'),
  ExpiredProviderToken: credentials('the provider token is older than an hour by Apple’s clock'),
  UnrelatedKeyIdInToken: credentials('the key is not for this topic'),
  BadEnvironmentKeyIdInToken: credentials('the key is for the other environment'),
  BadEnvironmentKeyInToken: credentials('the key is for the other environment'),
  FeatureNotEnabled: credentials('the feature is not enabled for this app'),
  BadPath: driver('the path is wrong'),
  MethodNotAllowed: driver('the method is not POST'),
  Unregistered: dead('the app was removed from the device; `since` says when'),
  ExpiredToken: dead('the device token has expired; `since` says when'),
  ChannelNotRegistered: undeliverable('the broadcast channel does not exist'),
  TooManyRequests: {
    code: 'RATE_LIMITED',
    scope: 'recipient',
    retryAfterMs: DEVICE_PAUSE_MS,
    meaning: 'too many pushes to this one device',
  },
  TooManyProviderTokenUpdates: {
    code: 'RATE_LIMITED',
    // Of this connection alone, which is replaced: other pushes need not wait.
    scope: 'network',
    retryAfterMs: CONNECTION_PAUSE_MS,
    meaning: 'the provider token was renewed more often than every 20 minutes, perhaps by another server',
  },
  InternalServerError: server('an error inside APNs'),
  ServiceUnavailable: server('APNs is unavailable'),
  Shutdown: server('this APNs server is shutting down'),
} as const satisfies ErrorTable

export interface ReplyBody {
  readonly reason?: string
  /** Epoch milliseconds, of 410. */
  readonly timestamp?: number
}

/** Reads what it can; foreign bytes give an empty body. */
export function readBody({ body }: PushReply): ReplyBody {
  const parsed = parseJson(body)
  if (typeof parsed !== 'object' || parsed === null) return {}
  const { reason, timestamp } = parsed as Record<string, unknown>
  return {
    ...(typeof reason === 'string' && reason !== '' && { reason: shortened(reason, 200) }),
    ...(typeof timestamp === 'number' && { timestamp }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @param now epoch milliseconds, to read a retry-after date */
export function fromReply(reply: PushReply, now: number, hint = ''): NotifyError {
  const { reason, timestamp } = readBody(reply)
  const known = reason !== undefined && isKnown(reason) ? ERRORS[reason] : undefined
  const row: ErrorRow = known ?? unexplained(reply.status)
  const text = known ? `APNs refused the push: ${reason}, ${known.meaning}${hint}` : foreign(reply, reason)
  return new NotifyError(row.code, text, {
    delivery: row.delivery,
    scope: row.scope,
    reason: row.reason,
    since: reply.status === 410 ? toDate(timestamp) : undefined,
    retryAfterMs: retryAfterMs(reply, now) ?? row.retryAfterMs,
    provider: toProviderReply(reply, reason, known?.meaning),
  })
}

/** A 200 that does not name the push, such as a proxy's page. */
export function notFromApns(reply: PushReply): NotifyError {
  return new NotifyError('DRIVER_FAILED', 'A reply with status 200 has no apns-id, so it is not from APNs', {
    delivery: 'unknown',
    provider: toProviderReply(reply),
  })
}

/** @param meaning of a known reason; without one the body itself is kept, cut off at 1 KB */
function toProviderReply(reply: PushReply, reason?: string, meaning?: string): ProviderReply {
  const requestId = reply.headers['apns-id']
  return {
    code: reason ?? `HTTP ${reply.status}`,
    message: meaning ?? shortened(reply.body, 1024),
    ...(requestId !== undefined && { requestId }),
    status: reply.status,
  }
}

const isKnown = (reason: string): reason is keyof typeof ERRORS => Object.hasOwn(ERRORS, reason)

/** A status that says little: 4xx is a refusal all the same, 5xx may come from something before APNs. */
function unexplained(status: number): ErrorRow {
  const meaning = 'not in the table'
  if (status >= 500) return { code: 'UNAVAILABLE', delivery: 'unknown', meaning }
  return { code: 'DRIVER_FAILED', delivery: status >= 400 ? 'not_sent' : 'unknown', meaning }
}

function foreign({ status }: PushReply, reason: string | undefined): string {
  return reason === undefined
    ? `APNs answered status ${status} without a reason`
    : `APNs answered status ${status} with the unknown reason ${reason}`
}

function toDate(timestamp: number | undefined): Date | undefined {
  if (timestamp === undefined) return undefined
  const date = new Date(timestamp)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function retryAfterMs({ headers }: PushReply, now: number): number | undefined {
  const value = headers['retry-after']
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

const CLIENT_REFUSED = /^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/
const SERVER_UNTRUSTED = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|ERR_TLS_CERT_|INVALID_CA)/
/** Of an error of ours: the connection is open, and no HTTP/2 was agreed on. */
export const NO_HTTP2_CODE = 'ERR_NO_HTTP2'
const NO_HTTP2 = /^ERR_NO_HTTP2$|_NO_APPLICATION_PROTOCOL$/
const NO_TLS = /^ERR_SSL_/
const NOT_HTTP2 = /^(ERR_HTTP2_ERROR|ERR_SSL_(?!.*ALERT))/

const codeOf = (cause: Error): string => {
  const { code } = cause as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}

/** What a handshake fails of that will fail the next one too. */
const HANDSHAKE: readonly (readonly [sign: RegExp, code: FailureCode, text: string])[] = [
  [CLIENT_REFUSED, 'UNAUTHORIZED', 'APNs refused the client certificate'],
  [SERVER_UNTRUSTED, 'UNAVAILABLE', 'The TLS certificate of the APNs host is not trusted'],
  [NO_HTTP2, 'UNAVAILABLE', 'The APNs host does not speak HTTP/2'],
  [NO_TLS, 'UNAVAILABLE', 'The APNs host does not speak TLS as APNs does'],
]

const inHandshake = (cause: Error) => HANDSHAKE.find(([sign]) => sign.test(codeOf(cause)))

/** Whether this failure to connect makes waiting for a better connection pointless. */
export function cannotConnect(cause: Error | undefined): boolean {
  return cause !== undefined && inHandshake(cause) !== undefined
}

/** The error of a push that waits for a connection in vain. `delayMs`: until the next one is opened. */
export function noConnection(cause: Error | undefined, delayMs: number): NotifyError {
  const [, code = 'UNAVAILABLE', text = 'APNs cannot be reached'] = (cause && inHandshake(cause)) ?? []
  return new NotifyError(code, text, { delivery: 'not_sent', cause, retryAfterMs: delayMs || undefined })
}

export function lossError({ delivery, cause }: Loss): NotifyError {
  if (delivery === 'not_sent') {
    return new NotifyError('UNAVAILABLE', 'APNs did not take the push, several times over', {
      delivery,
      cause,
    })
  }
  if (NOT_HTTP2.test(codeOf(cause))) {
    return new NotifyError('DRIVER_FAILED', 'APNs answered what is not HTTP/2', { delivery, cause })
  }
  return new NotifyError('UNAVAILABLE', 'The connection to APNs was lost before it answered', {
    delivery,
    cause,
  })
}

export function queueFull(maxQueue: number): NotifyError {
  return new NotifyError('RATE_LIMITED', `The queue is full: ${maxQueue} pushes wait for APNs`, {
    delivery: 'not_sent',
  })
}
