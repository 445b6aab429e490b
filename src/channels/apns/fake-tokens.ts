/** Judges provider tokens as APNs does: form, signature, age, and how often they change. */
import { verify, type KeyObject } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'

const MAX_AGE_MS = 60 * 60_000
const MIN_CHANGE_MS = 20 * 60_000
/** How far ahead of ours the sender's clock may be; Apple does not document its own allowance. */
const MAX_AHEAD_MS = 5 * 60_000

export interface TokenIssuer {
  readonly publicKey: KeyObject
  readonly keyId: string
  readonly teamId: string
}

export interface Refusal {
  readonly status: number
  readonly reason: string
}

const invalid: Refusal = { status: 403, reason: 'InvalidProviderToken' }
const expired: Refusal = { status: 403, reason: 'ExpiredProviderToken' }

export class FakeTokens {
  /** Every token that came with a good signature, oldest first. */
  readonly seen: string[] = []
  readonly #issuer: TokenIssuer
  readonly #clock: Clock
  readonly #expired = new Set<string>()
  /** When each token was issued, in epoch seconds, once its signature was found good. */
  readonly #verified = new Map<string, number>()
  #changedAt = -Infinity

  constructor(issuer: TokenIssuer, clock: Clock) {
    this.#issuer = issuer
    this.#clock = clock
  }

  /** Calls every token seen so far expired. */
  expireAll(): void {
    for (const jwt of this.seen) this.#expired.add(jwt)
  }

  judge(authorization: string | undefined): Refusal | undefined {
    if (authorization === undefined) return { status: 403, reason: 'MissingProviderToken' }
    const jwt = authorization.replace(/^bearer /i, '')
    const issuedAt = this.#issuedAt(jwt)
    if (issuedAt === undefined) return invalid
    const ageMs = this.#clock.now() - issuedAt * 1000
    if (ageMs < -MAX_AHEAD_MS) return invalid
    if (this.seen.at(-1) !== jwt && !this.#change(jwt)) {
      return { status: 429, reason: 'TooManyProviderTokenUpdates' }
    }
    return ageMs > MAX_AGE_MS || this.#expired.has(jwt) ? expired : undefined
  }

  /** Returns false where the last change is too recent. Tokens of before may still come, on older streams. */
  #change(jwt: string): boolean {
    if (this.seen.includes(jwt)) return true
    if (this.#clock.now() - this.#changedAt < MIN_CHANGE_MS) return false
    this.#changedAt = this.#clock.now()
    this.seen.push(jwt)
    return true
  }

  /** Epoch seconds, of a token whose form and signature are right. */
  #issuedAt(jwt: string): number | undefined {
    const known = this.#verified.get(jwt)
    if (known !== undefined) return known
    const [head = '', claims = '', signature = ''] = jwt.split('.')
    const { alg, kid } = decode(head)
    const { iss, iat } = decode(claims)
    const { publicKey, keyId, teamId } = this.#issuer
    if (alg !== 'ES256' || kid !== keyId || iss !== teamId || typeof iat !== 'number') return undefined
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      key,
      Buffer.from(signature, 'base64url'),
    )
    if (!isSigned) return undefined
    this.#verified.set(jwt, iat)
    return iat
  }
}

function decode(part: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString())) as Record<string, unknown>
  } catch {
    return {}
  }
}
