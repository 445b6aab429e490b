/**
 * SMTP replies and nodemailer's error codes in our words. A code missing here is DRIVER_FAILED, never a guess.
 *
 * A reply is looked up with the command it answers, by its enhanced status (`x` stands for any number) before its
 * bare one, `4xx` and `5xx` last; without a command the row holds for every command. `DATA` is also the reply to the
 * whole message. `greylist` and `too many` are read from the text of a bare 4xx.
 *
 * Sources, read 2026-11-23: RFC 5321 section 4.2 (replies), RFC 3463 and RFC 7372 with IANA's registry "SMTP Enhanced
 * Status Codes" (enhanced statuses), RFC 4954 (AUTH), RFC 3207 (STARTTLS); https://nodemailer.com/errors and the source
 * of nodemailer 10.6.0 (codes that begin with E); Node's documentation of TLS errors (certificates).
 */
import type { ErrorTable } from '../../core/error-table.ts'

const UNKNOWN_ADDRESS = {
  code: 'RECIPIENT_REJECTED',
  reason: 'invalid',
  meaning: 'No such address; take it off your lists',
} as const
const SENDER = { code: 'UNAUTHORIZED', meaning: 'We may not send from this address or network' } as const
const UNAUTHENTICATED = {
  code: 'UNAUTHORIZED',
  meaning: 'The server wants a login, or refuses the user, password or token',
} as const
const TOO_LARGE = { code: 'PAYLOAD_TOO_LARGE', meaning: 'Larger than the server takes' } as const
const MAILBOX_FULL = { code: 'UNAVAILABLE', meaning: 'The mailbox is full; it may have room later' } as const
const CONTENT = {
  code: 'CONTENT_REJECTED',
  meaning: 'The server refuses the content: spam, policy or form',
} as const
const PROTOCOL = { code: 'DRIVER_FAILED', meaning: 'Server and driver do not understand each other' } as const
const NETWORK = { code: 'UNAVAILABLE', meaning: 'The connection failed' } as const
const CERTIFICATE = { code: 'INVALID_CONFIG', meaning: 'The server’s certificate cannot be trusted' } as const
const TLS = {
  code: 'INVALID_CONFIG',
  meaning: 'No TLS with this server: not offered, or no common version',
} as const
const BAD_MESSAGE = {
  code: 'INVALID_MESSAGE',
  meaning: 'The engine refuses the envelope or an attachment',
} as const

export const ERRORS = {
  'GREETING 4.7.x': { code: 'RATE_LIMITED', meaning: 'Too many connections or messages from us' },
  'GREETING 4xx': { code: 'UNAVAILABLE', meaning: 'The server takes no connections just now' },
  'GREETING 5xx': { code: 'UNAUTHORIZED', meaning: 'The server does not talk to our address' },
  'STARTTLS 4.7.0': { code: 'UNAVAILABLE', meaning: 'TLS is out of order just now' },
  'STARTTLS 4xx': { code: 'UNAVAILABLE', meaning: 'TLS is out of order just now' },
  'STARTTLS 5xx': TLS,
  'AUTH 4.7.0': { code: 'UNAVAILABLE', meaning: 'The login cannot be checked just now' },
  'AUTH 4.7.x': { code: 'UNAVAILABLE', meaning: 'The login cannot be checked just now' },
  'AUTH 5.5.x': UNAUTHENTICATED,
  'AUTH 5xx': UNAUTHENTICATED,
  '530': UNAUTHENTICATED,
  '534': UNAUTHENTICATED,
  '535': UNAUTHENTICATED,
  '538': UNAUTHENTICATED,
  '5.7.8': UNAUTHENTICATED,
  '5.7.9': UNAUTHENTICATED,
  'MAIL 5.1.7': SENDER,
  'MAIL 5.1.8': SENDER,
  'MAIL 5.7.x': SENDER,
  'MAIL 552': TOO_LARGE,
  '5.3.4': TOO_LARGE,
  '5.2.3': TOO_LARGE,
  '5.1.1': UNKNOWN_ADDRESS,
  '5.1.2': UNKNOWN_ADDRESS,
  '5.1.3': UNKNOWN_ADDRESS,
  '5.1.6': UNKNOWN_ADDRESS,
  '5.1.10': UNKNOWN_ADDRESS,
  '5.1.7': { code: 'INVALID_CONFIG', meaning: 'The sender’s address is malformed' },
  '5.1.8': { code: 'INVALID_CONFIG', meaning: 'The sender’s domain does not exist' },
  '5.2.1': { ...UNKNOWN_ADDRESS, meaning: 'The mailbox is disabled' },
  'RCPT 5.2.4': { ...UNKNOWN_ADDRESS, meaning: 'No such user (OpenSMTPD’s word for it)' },
  'RCPT 550': UNKNOWN_ADDRESS,
  'RCPT 551': UNKNOWN_ADDRESS,
  'RCPT 553': UNKNOWN_ADDRESS,
  'RCPT 552': MAILBOX_FULL,
  '4.2.2': MAILBOX_FULL,
  '5.2.2': MAILBOX_FULL,
  'RCPT 5.7.x': SENDER,
  '4.5.3': { code: 'RATE_LIMITED', meaning: 'Too many recipients in one message; send to fewer at once' },
  '4.7.0': { code: 'RATE_LIMITED', meaning: 'Held back for now' },
  '4.7.28': { code: 'RATE_LIMITED', meaning: 'Too many messages from us' },
  greylist: {
    code: 'RATE_LIMITED',
    retryAfterMs: 5 * 60_000,
    meaning: 'Greylisted: first seen, wanted again in five minutes',
  },
  'too many': { code: 'RATE_LIMITED', meaning: 'Too many connections, recipients or messages' },
  '5.7.25': { ...SENDER, meaning: 'Our address has no valid reverse DNS entry' },
  '5.7.26': { ...SENDER, meaning: 'SPF, DKIM or DMARC do not pass' },
  '5.7.27': { ...SENDER, meaning: 'The sender’s domain does not accept mail' },
  'DATA 5.7.x': CONTENT,
  'DATA 552': TOO_LARGE,
  'DATA 5xx': CONTENT,
  '5.6.x': CONTENT,
  '4.4.x': { code: 'UNAVAILABLE', meaning: 'The network behind the server failed' },
  '5.4.x': { code: 'UNAVAILABLE', meaning: 'The network behind the server failed' },
  '5.5.x': PROTOCOL,
  '503': PROTOCOL,
  '4xx': { code: 'UNAVAILABLE', meaning: 'The server asks to try later' },
  ECONNECTION: NETWORK,
  ESOCKET: NETWORK,
  ETIMEDOUT: {
    code: 'UNAVAILABLE',
    meaning: 'The server did not answer within the timeouts of the configuration',
  },
  EDNS: { code: 'UNAVAILABLE', meaning: 'The host’s name could not be looked up' },
  ENOTFOUND: { code: 'INVALID_CONFIG', meaning: 'There is no host of that name' },
  EPROXY: { code: 'UNAVAILABLE', meaning: 'The proxy failed' },
  'EPROXY 403': { code: 'INVALID_CONFIG', meaning: 'The proxy does not allow the connection' },
  'EPROXY 407': { code: 'INVALID_CONFIG', meaning: 'The proxy wants other credentials' },
  ETLS: TLS,
  EREQUIRETLS: {
    ...BAD_MESSAGE,
    meaning: 'The message requires REQUIRETLS, which the server does not offer',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: CERTIFICATE,
  CERT_NOT_YET_VALID: CERTIFICATE,
  CERT_REVOKED: CERTIFICATE,
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
  ERR_SSL_WRONG_VERSION_NUMBER: TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: TLS,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: TLS,
  EAUTH: UNAUTHENTICATED,
  ENOAUTH: { code: 'UNAUTHORIZED', meaning: 'The server offers no login on this connection' },
  EMESSAGE: { ...TOO_LARGE, meaning: 'Larger than the SIZE the server announced' },
  ESMTPUTF8: {
    code: 'RECIPIENT_REJECTED',
    reason: 'invalid',
    meaning: 'An address needs SMTPUTF8, which the server does not offer',
  },
  EENVELOPE: BAD_MESSAGE,
  EMAXRECIPIENTS: BAD_MESSAGE,
  EOTP: BAD_MESSAGE,
  EFILEACCESS: BAD_MESSAGE,
  EURLACCESS: BAD_MESSAGE,
  EPROTOCOL: PROTOCOL,
} as const satisfies ErrorTable
