/**
 * SMTP replies and nodemailer's error codes in our words. A code missing here is DRIVER_FAILED, never a guess.
 *
 * A reply is looked up with the command it answers, by its enhanced status (`x` stands for any number) before its
 * bare one, `4xx` and `5xx` last; without a command the row holds for every command. `DATA` is also the reply to the
 * whole message. Words (`greylist`, `no such user`) are read from the text: see `wordings.ts`.
 *
 * A reason of `invalid` means that the address is dead for good, so it is given only where the server says that: a
 * bare 550 may as well be a refusal of ours, and would call every customer dead on the day a relay is misconfigured.
 *
 * What keeps a connection from being made is UNAVAILABLE, a wrong host or a certificate that expired as well: from here
 * it cannot be told whose fault it is, and another server may do.
 *
 * Sources, read 2026-11-23: RFC 5321 section 4.2 (replies), RFC 3463 and RFC 7372 with IANA's registry "SMTP Enhanced
 * Status Codes" (enhanced statuses), RFC 7504 and RFC 7505 (domains that take no mail), RFC 4954 (AUTH), RFC 3207
 * (STARTTLS); https://support.google.com/a/answer/3726730 (Gmail's 4.2.1 and 5.2.1);
 * https://support.microsoft.com/topic/c0e98a8e-81db-49c2-9bf1-32a1734d3e77 (Microsoft 365's 5.4.1);
 * https://nodemailer.com/errors and the source of nodemailer 10.6.0 (codes that begin with E); Node's documentation of
 * TLS errors (certificates).
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
const REFUSED = {
  code: 'RECIPIENT_REJECTED',
  reason: 'refused',
  meaning: 'The server takes nothing for this address, and does not say that there is none',
} as const
const MAILBOX_FULL = {
  code: 'UNAVAILABLE',
  scope: 'recipient',
  meaning: 'The mailbox is full; it may have room later',
} as const
const MAILBOX_BUSY = {
  code: 'UNAVAILABLE',
  scope: 'recipient',
  meaning: 'The mailbox takes nothing just now',
} as const
const GREYLISTED = {
  code: 'RATE_LIMITED',
  retryAfterMs: 5 * 60_000,
  meaning: 'Greylisted: first seen, wanted again in five minutes',
} as const
const HELD_BACK = {
  code: 'UNAVAILABLE',
  scope: 'recipient',
  meaning: 'Held back by policy for now: often greylisting that does not say so',
} as const
const CONTENT = {
  code: 'CONTENT_REJECTED',
  meaning: 'The server refuses the content: spam, policy or form',
} as const
const PROTOCOL = { code: 'DRIVER_FAILED', meaning: 'Server and driver do not understand each other' } as const
const NETWORK = { code: 'UNAVAILABLE', meaning: 'The connection failed' } as const
const CERTIFICATE = { code: 'UNAVAILABLE', meaning: 'The server’s certificate cannot be trusted' } as const
const TLS = {
  code: 'UNAVAILABLE',
  meaning: 'No TLS with this server: not offered, no common version, or broken off',
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
  'MAIL 5.1.1': SENDER,
  'MAIL 5.1.2': SENDER,
  'MAIL 5.1.3': SENDER,
  'MAIL 5.1.6': SENDER,
  'MAIL 5.1.7': SENDER,
  'MAIL 5.1.8': SENDER,
  'MAIL 5.1.10': SENDER,
  'MAIL 5.2.1': SENDER,
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
  'RCPT no such user': UNKNOWN_ADDRESS,
  'RCPT 556': { ...UNKNOWN_ADDRESS, meaning: 'The domain takes no mail' },
  'RCPT 550': REFUSED,
  'RCPT 551': REFUSED,
  'RCPT 553': REFUSED,
  'RCPT 5.2.4': { ...REFUSED, meaning: 'A list that leads nowhere; OpenSMTPD’s word for no such user, too' },
  'RCPT 5.4.1': {
    ...REFUSED,
    meaning: 'No such recipient, or none who takes mail from outside (Microsoft 365)',
  },
  'RCPT 5.5.0': { ...REFUSED, meaning: 'The mailbox is not to be had (Outlook.com)' },
  'RCPT 5xx': {
    code: 'DRIVER_FAILED',
    scope: 'recipient',
    meaning: 'This recipient is refused, in words the driver does not know',
  },
  'RCPT 552': MAILBOX_FULL,
  '4.2.2': MAILBOX_FULL,
  '5.2.2': MAILBOX_FULL,
  '4.2.x': MAILBOX_BUSY,
  'RCPT 450': MAILBOX_BUSY,
  '4.1.7': { code: 'UNAVAILABLE', meaning: 'The sender’s address cannot be checked just now' },
  '4.1.8': { code: 'UNAVAILABLE', meaning: 'The sender’s domain cannot be looked up just now' },
  'RCPT 4.1.x': {
    code: 'UNAVAILABLE',
    scope: 'recipient',
    meaning: 'The address cannot be looked up just now',
  },
  'mail rate': {
    code: 'RATE_LIMITED',
    scope: 'recipient',
    meaning: 'The mailbox is sent more than its provider lets in (Gmail)',
  },
  'relay limit': { code: 'RATE_LIMITED', meaning: 'More than the relay takes from our account (Google)' },
  'RCPT relay': { ...SENDER, meaning: 'The server does not relay for us; it may want a login' },
  'RCPT blocked': { ...SENDER, meaning: 'The server refuses our network address' },
  'RCPT 5.7.x': { ...SENDER, scope: 'recipient', meaning: 'We may not send to this recipient: a policy' },
  '4.5.3': {
    code: 'RATE_LIMITED',
    scope: 'message',
    meaning: 'Too many recipients in one message; send to fewer at once',
  },
  '4.7.0': { code: 'RATE_LIMITED', meaning: 'Held back for now' },
  '4.7.28': { code: 'RATE_LIMITED', meaning: 'Too many messages from us' },
  'RCPT 4.7.1': HELD_BACK,
  'DATA 4.7.1': HELD_BACK,
  'RCPT greylist': { ...GREYLISTED, scope: 'recipient' },
  'DATA greylist': { ...GREYLISTED, scope: 'recipient' },
  greylist: GREYLISTED,
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
  ENOTFOUND: { code: 'UNAVAILABLE', meaning: 'There is no host of that name, or none is known here' },
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
    reason: 'refused',
    meaning: 'An address needs SMTPUTF8, which the server does not offer',
  },
  EENVELOPE: BAD_MESSAGE,
  EMAXRECIPIENTS: BAD_MESSAGE,
  EOTP: BAD_MESSAGE,
  EFILEACCESS: BAD_MESSAGE,
  EURLACCESS: BAD_MESSAGE,
  EPROTOCOL: PROTOCOL,
} as const satisfies ErrorTable
