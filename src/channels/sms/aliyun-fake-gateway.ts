/**
 * The gateway before Aliyun's APIs: checks who signed a request, what, when and how often. Written from the
 * specification and not from our signer, so that the two cannot be wrong together.
 * Source, read 2026-11-23: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { refusalOf, type Refusal } from './aliyun-fake-replies.ts'

export interface FakeKeys {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string
}

export interface GatewayRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const WINDOW_MS = 15 * 60_000
const REQUIRED = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
]
const AUTHORIZATION =
  /^ACS3-HMAC-SHA256 Credential=(?<id>[^,]+),SignedHeaders=(?<signed>[^,]+),Signature=(?<signature>[0-9a-f]{64})$/

export class FakeGateway {
  readonly #clock: Clock
  readonly #seen = new Map<string, number>()
  readonly #expired = new Set<string>()
  #keys: FakeKeys

  constructor(keys: FakeKeys, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  get keys(): FakeKeys {
    return this.#keys
  }

  /** Temporary keys expire; others are gone. */
  rotate(keys: FakeKeys): void {
    if (this.#keys.securityToken !== undefined) this.#expired.add(this.#keys.accessKeyId)
    this.#expired.delete(keys.accessKeyId)
    this.#keys = keys
  }

  /** Why the request is not let through; undefined where it is. */
  refuse(request: GatewayRequest): Refusal | undefined {
    const { headers } = request
    const missing = REQUIRED.find((name) => !headers[name])
    if (missing) return refusalOf('MissingParameter', { message: `${missing} is mandatory for this action.` })
    return (
      this.#refuseDate(headers['x-acs-date'] ?? '') ??
      this.#refuseSignature(request) ??
      this.#refuseNonce(headers)
    )
  }

  #refuseDate(date: string): Refusal | undefined {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date)) return refusalOf('InvalidTimeStamp.Format')
    const isOff = !(Math.abs(Date.parse(date) - this.#clock.now()) <= WINDOW_MS)
    return isOff ? refusalOf('InvalidTimeStamp.Expired') : undefined
  }

  #refuseSignature(request: GatewayRequest): Refusal | undefined {
    const { headers } = request
    const given = readAuthorization(headers)
    if (!given) return refusalOf('IncompleteSignature')
    const { accessKeyId, accessKeySecret, securityToken } = this.#keys
    if (this.#expired.has(given.id)) return refusalOf('InvalidSecurityToken.Expired')
    if (given.id !== accessKeyId) return refusalOf('InvalidAccessKeyId.NotFound')
    if (headers['x-acs-security-token'] !== securityToken) return refusalOf('InvalidSecurityToken.Expired')
    const canonical = canonicalRequest(request, given.signed)
    const isHash = headers['x-acs-content-sha256'] === sha256(request.body)
    return isHash && isSignature(given.signature, canonical, accessKeySecret)
      ? undefined
      : mismatch(canonical)
  }

  #refuseNonce(headers: GatewayRequest['headers']): Refusal | undefined {
    const nonce = headers['x-acs-signature-nonce'] ?? ''
    const now = this.#clock.now()
    for (const [old, at] of this.#seen) {
      if (now - at <= 2 * WINDOW_MS) break
      this.#seen.delete(old)
    }
    if (this.#seen.has(nonce)) return refusalOf('SignatureNonceUsed')
    this.#seen.set(nonce, now)
    return undefined
  }
}

function isSignature(signature: string, canonical: string, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
  return timingSafeEqual(expected.digest(), Buffer.from(signature, 'hex'))
}

/** The real one says what it would have signed, number and code included. */
function mismatch(canonical: string): Refusal {
  const { message } = refusalOf('SignatureDoesNotMatch')
  const echo = `server string to sign is:${encodeURIComponent(canonical)}`
  return refusalOf('SignatureDoesNotMatch', { message: `${message} ${echo}` })
}

/** Undefined where it is malformed or leaves a common header unsigned. */
function readAuthorization(headers: GatewayRequest['headers']) {
  const { groups } = AUTHORIZATION.exec(headers['authorization'] ?? '') ?? {}
  const { id = '', signed = '', signature = '' } = groups ?? {}
  return coversAll(headers, signed.split(';')) ? { id, signed, signature } : undefined
}

/** Every common header that is there must be signed. */
function coversAll(headers: GatewayRequest['headers'], signed: readonly string[]): boolean {
  const mustBeSigned = Object.keys(headers).filter(
    (name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type',
  )
  return mustBeSigned.every((name) => signed.includes(name))
}

function canonicalRequest({ method, target, headers }: GatewayRequest, signed: string): string {
  const { pathname, searchParams } = new URL(target, 'http://fake')
  const query = [...searchParams]
    .map(([name, value]) => [rfc3986(name), rfc3986(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const lines = signed.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}\n`)
  const hash = headers['x-acs-content-sha256'] ?? ''
  return `${method}\n${pathname}\n${query}\n${lines.join('')}\n${signed}\n${hash}`
}

function rfc3986(text: string): string {
  const unreserved = /[A-Za-z0-9\-_.~]/
  const bytes = [...Buffer.from(text)].map((byte) => {
    const sign = String.fromCharCode(byte)
    return byte < 128 && unreserved.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return bytes.join('')
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
