/** How to reach the SMTP server, who we are there, and what a message may hold. */
import * as z from 'zod'
import { isLoopback } from '../../core/loopback.ts'
import { mailbox } from './address.ts'
import { dkimKey } from './dkim-key.ts'

/** A new token, and how long it lasts; without `expiresInMs` it is kept until the server refuses it. */
export interface ProvidedToken {
  readonly accessToken: string
  readonly expiresInMs?: number | undefined
}

/** Fetches an access token; called once for however many connections wait for it. */
export type TokenProvider = () => Promise<string | ProvidedToken> | string | ProvidedToken

const isFunction = (value: unknown) => typeof value === 'function'
const milliseconds = z.int().min(1).max(2_147_483_647)
const pem = z.union([z.string().min(1), z.instanceof(Uint8Array)])
/** A line break here would end an SMTP command or a proxy's request line early. */
const word = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[^\s\p{Cc}]+$/u, 'expected text without spaces or control characters')

const password = z.strictObject({
  type: z.literal('password').default('password'),
  user: z.string().min(1),
  pass: z.string().min(1),
})

const isPrivate = (url: string) =>
  URL.canParse(url) && (new URL(url).protocol === 'https:' || isLoopback(new URL(url).hostname))

const oauth2 = z
  .strictObject({
    type: z.literal('oauth2'),
    /** The mailbox to log in to. */
    user: word,
    /** A token that never changes. */
    accessToken: word.optional(),
    /** Gives a token when one is needed. */
    tokenProvider: z.custom<TokenProvider>(isFunction, 'expected a function').optional(),
    /** With `clientId` and `clientSecret`, trades for access tokens at `accessUrl`. */
    refreshToken: z.string().min(1).optional(),
    clientId: z.string().min(1).optional(),
    clientSecret: z.string().min(1).optional(),
    /** The provider's token endpoint. @default Google's */
    accessUrl: z
      .url({ protocol: /^https?$/ })
      .refine(isPrivate, 'expected an https:// URL: it is sent the client secret')
      .default('https://oauth2.googleapis.com/token'),
  })
  .superRefine(({ accessToken, tokenProvider, refreshToken, clientId }, context) => {
    const given = [accessToken, tokenProvider, refreshToken].filter((way) => way !== undefined)
    const report = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (given.length !== 1)
      report('accessToken', 'expected one of accessToken, tokenProvider and refreshToken')
    if (refreshToken !== undefined && clientId === undefined)
      report('clientId', 'is required with refreshToken')
  })

/** The URL parser takes a bare "%" that nobody can decode. */
function hasReadableLogin(url: string): boolean {
  const { username, password } = new URL(url)
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

const tls = z.strictObject({
  /** Certificates to trust instead of the system's, in PEM. */
  ca: z.union([pem, z.array(pem)]).optional(),
  /** Our certificate and its key, in PEM, where the server asks for one. */
  cert: pem.optional(),
  key: pem.optional(),
  passphrase: z.string().optional(),
  /** The name the certificate must carry. @default `host` */
  servername: word.optional(),
  minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.2'),
  /** Leave it on: without it anybody on the way can read the password. */
  rejectUnauthorized: z.boolean().default(true),
})

const pool = z.strictObject({
  /** Connections open at once. */
  maxConnections: z.int().min(1).max(1000).default(5),
  /** Messages after which a connection is replaced; some servers cut it off at 100. */
  maxMessages: z.int().min(1).default(100),
  /** Milliseconds after which an unused connection is closed. */
  idleMs: milliseconds.default(60_000),
  /** Milliseconds unused after which a connection is asked whether it lives before it is used again. */
  pingAfterMs: milliseconds.default(30_000),
})

const timeouts = z.strictObject({
  /** Milliseconds for DNS, TCP, greeting and STARTTLS together. */
  connectMs: milliseconds.default(10_000),
  /** Milliseconds for the greeting alone. */
  greetingMs: milliseconds.default(10_000),
  /** Milliseconds without a byte from the server. RFC 5321 asks for minutes after the final dot. */
  socketMs: milliseconds.default(120_000),
})

export const smtpConfig = z
  .strictObject({
    host: word.max(253),
    /** @default 587, or 465 where `secure` is true */
    port: z.int().min(1).max(65_535).optional(),
    /** TLS from the first byte. @default true on port 465 */
    secure: z.boolean().optional(),
    /**
     * Refuse to go on without STARTTLS. Set to false off loopback, a password may travel in the clear.
     * @default true, but on loopback false, where STARTTLS is then left alone
     */
    requireTLS: z.boolean().optional(),
    tls: tls.prefault({}),
    auth: z.union([password, oauth2]).optional(),
    /** Sender of messages that name none. */
    from: mailbox.optional(),
    /** What we call ourselves in EHLO. @default the machine's host name */
    name: word.max(253).optional(),
    /** An HTTP proxy that allows CONNECT, as `http://user:pass@host:3128`; SOCKS is not supported. */
    proxy: z
      .string()
      .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
        message: 'expected an http:// or https:// URL of a proxy that allows CONNECT; SOCKS is not supported',
        abort: true,
      })
      .refine(hasReadableLogin, 'expected the user and password percent-encoded, a "%" as %25')
      .optional(),
    /** Signs every message, once per key. */
    dkim: z.union([dkimKey, z.array(dkimKey).min(1)]).optional(),
    /** The relay signs with DKIM, List-Unsubscribe headers included, so one-click works without `dkim` here. */
    relaySigns: z.boolean().default(false),
    pool: pool.prefault({}),
    timeouts: timeouts.prefault({}),
    /** Recipients of one message, `to`, `cc` and `bcc` together. */
    maxRecipients: z.int().min(1).max(10_000).default(100),
    /** Bytes of one message with its attachments encoded; the server's own SIZE limit holds besides. */
    maxBytes: z
      .int()
      .min(1)
      .default(25 * 1024 * 1024),
    /** Folders whose files may be attached by `path`. None by default. */
    allowFileRoots: z.array(z.string().min(1)).default([]),
  })
  .transform(({ port, secure, requireTLS, dkim, ...rest }) => {
    const isSecure = secure ?? port === 465
    const isLocal = isLoopback(rest.host)
    return {
      ...rest,
      port: port ?? (isSecure ? 465 : 587),
      secure: isSecure,
      isLoopback: isLocal,
      requireTLS: requireTLS ?? !isLocal,
      dkimKeys: dkim === undefined ? [] : [dkim].flat(),
    }
  })

export type SmtpConfigInput = z.input<typeof smtpConfig>
export type SmtpConfig = z.output<typeof smtpConfig>
