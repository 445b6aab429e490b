/** What the APNs driver can be told. */
import { KeyObject } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import * as z from 'zod'
import { MAX_DELAY_MS } from '../../core/clock.ts'
import { headerText } from './values.ts'

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected a Buffer')
const path = z.strictObject({ path: z.string().min(1) })
const keyObject = z.custom<KeyObject>((value) => value instanceof KeyObject, 'expected a KeyObject')

/** PEM text, its bytes, or where the file is. */
const pem = z.union([z.string().min(1), bytes, path])

const TEN = 'expected 10 capital letters and digits'
const appleId = z.string().regex(/^[A-Z0-9]{10}$/, TEN)

const tokenAuth = z.strictObject({
  type: z.literal('token'),
  /** The .p8 key of Apple: PEM text (`\n` may be escaped), its bytes, `{ path }` or a KeyObject. */
  key: z.union([z.string().min(1), bytes, path, keyObject]),
  /** The key's id, 10 characters. */
  keyId: appleId,
  /** The team's id, 10 characters. */
  teamId: appleId,
})

const certificateAuth = z
  .strictObject({
    type: z.literal('certificate'),
    /** The certificate as PEM, which may hold the key as well. */
    cert: pem.optional(),
    /** Its private key as PEM. @default the same PEM as `cert` */
    key: pem.optional(),
    /** Certificate and key in one .p12, instead of `cert` and `key`: its bytes or `{ path }`. */
    pfx: z.union([bytes, path]).optional(),
    /** Of the key or the .p12. */
    passphrase: z.string().optional(),
  })
  .refine(({ cert, pfx }) => (cert === undefined) !== (pfx === undefined), {
    path: ['cert'],
    message: 'expected either cert (PEM) or pfx (.p12)',
  })
  .refine(({ key, pfx }) => key === undefined || pfx === undefined, {
    path: ['key'],
    message: 'expected to be absent beside pfx, which holds the key',
  })

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/i
const isHost = (text: string) => (isIP(text) !== 0 && !text.includes('%')) || HOST_NAME.test(text)

const milliseconds = z.number().positive().max(MAX_DELAY_MS)

export const apnsConfig = z.strictObject({
  auth: z.discriminatedUnion('type', [tokenAuth, certificateAuth]),
  /** Where the app was signed for: builds from Xcode register with the sandbox, all others with production. */
  environment: z.enum(['production', 'sandbox']),
  /** The app's bundle id, from which topics are made. */
  bundleId: headerText,
  /** @default the host of the environment */
  host: z
    .string()
    .refine(isHost, 'expected a host name or an IP address, without port and brackets')
    .optional(),
  /** Apple listens on 443 and 2197. */
  port: z.int().min(1).max(65_535).default(443),
  /** Root certificates to trust instead of Node's own, as PEM; for tests and intercepting proxies. */
  ca: z.union([z.string().min(1), bytes]).optional(),
  /** Streams in flight on the connection, should APNs allow more. */
  maxInFlight: z.int().min(1).default(1000),
  /** Pushes that may wait for a free stream; one more fails as RATE_LIMITED. */
  maxQueue: z.int().min(1).default(100_000),
  /** Milliseconds to reach APNs, TLS and its first SETTINGS included. */
  connectTimeoutMs: milliseconds.default(10_000),
  /** With pushes waiting, ping after this many milliseconds without a sign of life. */
  pingAfterMs: milliseconds.default(5000),
  /** With none waiting, ping this often, in milliseconds; Apple drops idle connections in silence. */
  pingIdleMs: milliseconds.default(60_000),
  /** Give a connection up that stays silent for this many milliseconds after a ping. */
  pingTimeoutMs: milliseconds.default(5000),
})

export type ApnsConfigInput = z.input<typeof apnsConfig>
export type ApnsConfig = z.output<typeof apnsConfig>

const HOSTS = { production: 'api.push.apple.com', sandbox: 'api.sandbox.push.apple.com' } as const

/** The host as URLs and the `:authority` header write it: an IPv6 address stands in brackets. */
export function authorityOf(config: ApnsConfig): string {
  const host = hostOf(config)
  return isIPv6(host) ? `[${host}]` : host
}

export function hostOf({ host, environment }: ApnsConfig): string {
  return host ?? HOSTS[environment]
}
