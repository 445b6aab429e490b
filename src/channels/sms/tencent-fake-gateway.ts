/**
 * The gateway before Tencent Cloud's APIs: checks who signed a request, what and when. Written from the
 * specification and not from our signer, so that the two cannot be wrong together.
 * Source, read 2026-11-23: https://cloud.tencent.com/document/api/362/4208
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'

export interface FakeTencentKeys {
  readonly secretId: string
  readonly secretKey: string
  readonly token?: string
}

export interface TencentRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const WINDOW_SECONDS = 300
const REQUIRED = ['x-tc-action', 'x-tc-version', 'x-tc-timestamp', 'x-tc-region']
const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<date>\d{4}-\d\d-\d\d)\/(?<service>\w+)\/tc3_request, SignedHeaders=(?<signed>[a-z0-9;-]+), Signature=(?<signature>[0-9a-f]{64})$/

export class FakeTencentGateway {
  readonly keys: FakeTencentKeys
  readonly #service: string
  readonly #clock: Clock

  constructor(keys: FakeTencentKeys, service: string, clock: Clock) {
    this.keys = keys
    this.#service = service
    this.#clock = clock
  }

  /** The code by which the request is not let through; undefined where it is. */
  refuse(request: TencentRequest): string | undefined {
    const { method, target, headers } = request
    if (method !== 'POST' || target !== '/') return 'InvalidRequest'
    if (REQUIRED.some((name) => !headers[name])) return 'MissingParameter'
    if (!/^application\/json(?:;|$)/.test(headers['content-type'] ?? '')) return 'InvalidRequest'
    const timestamp = headers['x-tc-timestamp'] ?? ''
    if (!/^\d{10}$/.test(timestamp)) return 'InvalidParameter'
    const isOff = Math.abs(Number(timestamp) - this.#clock.now() / 1000) > WINDOW_SECONDS
    return this.#refuseKeys(request) ?? (isOff ? 'AuthFailure.SignatureExpire' : undefined)
  }

  #refuseKeys(request: TencentRequest): string | undefined {
    const { headers } = request
    const given = AUTHORIZATION.exec(headers['authorization'] ?? '')?.groups
    if (!given) return 'AuthFailure.InvalidAuthorization'
    const [id, date, service, signed, signature] = partsOf(given)
    const { secretId, secretKey, token } = this.keys
    if (id !== secretId) return 'AuthFailure.SecretIdNotFound'
    if (headers['x-tc-token'] !== token) return 'AuthFailure.TokenFailure'
    const isScoped = service === this.#service && isOf(headers, date, signed)
    const expected = this.#signature(request, { date, signed, secretKey })
    const isRight = isScoped && timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    return isRight ? undefined : 'AuthFailure.SignatureFailure'
  }

  #signature(
    { headers, body }: TencentRequest,
    given: Record<'date' | 'signed' | 'secretKey', string>,
  ): Buffer {
    const { date, signed, secretKey } = given
    const lines = signed.split(';').map((name) => `${name}:${(headers[name] ?? '').trim().toLowerCase()}\n`)
    const canonical = `POST\n/\n\n${lines.join('')}\n${signed}\n${sha256(body)}`
    const scope = `${date}/${this.#service}/tc3_request`
    const text = `TC3-HMAC-SHA256\n${headers['x-tc-timestamp'] ?? ''}\n${scope}\n${sha256(canonical)}`
    const dated = hmac(`TC3${secretKey}`, date)
    return hmac(hmac(hmac(dated, this.#service), 'tc3_request'), text)
  }
}

/** In the order they are written: id, date, service, signed headers, signature. */
function partsOf(groups: Readonly<Record<string, string>>): [string, string, string, string, string] {
  const { id = '', date = '', service = '', signed = '', signature = '' } = groups
  return [id, date, service, signed, signature]
}

/** The day must be the timestamp's in UTC, and the headers that must be signed are. */
function isOf(headers: TencentRequest['headers'], date: string, signed: string): boolean {
  const day = new Date(Number(headers['x-tc-timestamp']) * 1000).toISOString().slice(0, 10)
  return date === day && ['content-type', 'host'].every((name) => signed.split(';').includes(name))
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
