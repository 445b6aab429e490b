/** HS256 JSON Web Tokens by node:crypto. Sources: RFC 7515, RFC 7518 section 3.2, RFC 7519 section 4.1. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { Identity } from './hooks.ts'
import { topicName, userId } from './names.ts'

/** Longer ones are refused unread. */
export const MAX_TOKEN_BYTES = 4_096
/** How far apart the clocks of signer and verifier may be. */
export const LEEWAY_MS = 5_000
/** Epoch seconds of the year 5138; a signer that writes milliseconds is above it. */
const MAX_EPOCH_SECONDS = 100_000_000_000
const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/

/** An allow-list of one, so that neither `none` nor a public key taken for a secret can pass. */
const header = z.object({ alg: z.literal('HS256'), crit: z.never().optional() })

const claims = z.object({
  sub: userId,
  exp: z.number().max(MAX_EPOCH_SECONDS),
  nbf: z.number().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  iss: z.string().optional(),
  channels: z.array(topicName).optional(),
  jti: z.string().max(128).optional(),
  /** Only in tokens for one channel, which let nobody connect. */
  channel: z.never().optional(),
})

const channelClaims = claims.omit({ channels: true }).extend({ channel: topicName })

export interface TokenSettings {
  readonly keys: readonly Buffer[]
  readonly audience?: string | undefined
  readonly issuer?: string | undefined
}

/** Lets one user subscribe to one channel. */
export interface ChannelPermit {
  readonly user: string
  readonly channel: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Who the token speaks for; null where it is not to be believed. Whether it has expired is the caller's to judge. */
export function readToken(token: string, settings: TokenSettings, now: number): Identity | null {
  const read = believed(claims, token, { settings, now })
  if (!read) return null
  return { user: read.sub, channels: read.channels, expiresAt: read.exp * 1_000, tokenId: read.jti }
}

/** What a token for one channel allows; undefined where it is not to be believed. Its expiry is the caller's to judge. */
export function readChannelToken(
  token: string,
  settings: TokenSettings,
  now: number,
): ChannelPermit | undefined {
  const read = believed(channelClaims, token, { settings, now })
  return read && { user: read.sub, channel: read.channel, expiresAt: read.exp * 1_000 }
}

function believed<Claims extends Pick<z.output<typeof claims>, 'aud' | 'iss' | 'nbf'>>(
  schema: z.ZodType<Claims>,
  token: string,
  { settings, now }: { readonly settings: TokenSettings; readonly now: number },
): Claims | undefined {
  const body = token.length <= MAX_TOKEN_BYTES ? signedBody(token, settings.keys) : undefined
  const { data: read } = schema.safeParse(body)
  if (!read || !isMeantForUs(read, settings)) return undefined
  return read.nbf !== undefined && read.nbf * 1_000 > now + LEEWAY_MS ? undefined : read
}

/** What the token claims, if one of our keys signed it. */
function signedBody(token: string, keys: readonly Buffer[]): unknown {
  const [, head = '', body = '', signature = ''] = PARTS.exec(token) ?? []
  const isOurs = header.safeParse(decode(head)).success && isSigned(`${head}.${body}`, signature, keys)
  return isOurs ? decode(body) : undefined
}

export function signToken(content: object, key: Buffer): string {
  const head = encode({ alg: 'HS256', typ: 'JWT' })
  const signed = `${head}.${encode(content)}`
  return `${signed}.${hmac(signed, key).toString('base64url')}`
}

function isSigned(signed: string, signature: string, keys: readonly Buffer[]): boolean {
  const given = Buffer.from(signature, 'base64url')
  return keys.some((key) => {
    const expected = hmac(signed, key)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function isMeantForUs(
  read: { aud?: string | string[] | undefined; iss?: string | undefined },
  { audience, issuer }: TokenSettings,
): boolean {
  const audiences = Array.isArray(read.aud) ? read.aud : [read.aud]
  if (audience !== undefined && !audiences.includes(audience)) return false
  return issuer === undefined || read.iss === issuer
}

function hmac(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}
