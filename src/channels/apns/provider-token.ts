/**
 * The JWT that says who we are: one for all pushes of a driver, renewed before Apple calls it old.
 * Source, read 2026-11-23: https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 */
import { sign, type KeyObject } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'

/** Apple refuses tokens older than 60 minutes. */
const RENEW_AFTER_MS = 50 * 60_000
/** Apple refuses tokens renewed more often than every 20 minutes. */
const MIN_AGE_MS = 20 * 60_000

export interface ProviderToken {
  readonly jwt: string
  readonly generation: number
}

interface Minted extends ProviderToken {
  readonly wallAt: number
  readonly steadyAt: number
}

export interface TokenIdentity {
  readonly key: KeyObject
  readonly keyId: string
  readonly teamId: string
}

export class ProviderTokens {
  readonly #identity: TokenIdentity
  readonly #clock: Clock
  #current: Minted | undefined
  #previous: string | undefined

  constructor(identity: TokenIdentity, clock: Clock) {
    this.#identity = identity
    this.#clock = clock
  }

  current(): ProviderToken {
    if (!this.#current || this.#ageMs(this.#current) >= RENEW_AFTER_MS) return this.#mint()
    return this.#current
  }

  /**
   * What to do when Apple calls `used` expired: `replaced` means there is a newer token to send again with.
   * `too_young` means Apple sees another time than we do, and would punish a renewal.
   */
  expired(used: ProviderToken): 'replaced' | 'too_young' {
    if (!this.#current || this.#current.generation !== used.generation) return 'replaced'
    if (this.#ageMs(this.#current) < MIN_AGE_MS) return 'too_young'
    this.#mint()
    return 'replaced'
  }

  /** Tokens that Apple would still take, for the scrubber. */
  secrets(): string[] {
    return [this.#current?.jwt, this.#previous].filter((jwt) => jwt !== undefined)
  }

  #mint(): ProviderToken {
    const wallAt = this.#clock.now()
    this.#previous = this.#current?.jwt
    this.#current = {
      jwt: toJwt(this.#identity, Math.floor(wallAt / 1000)),
      generation: (this.#current?.generation ?? 0) + 1,
      wallAt,
      steadyAt: this.#clock.monotonic(),
    }
    return this.#current
  }

  /** By whichever clock says more: the steady one stops while a machine sleeps, the other may be set. */
  #ageMs({ wallAt, steadyAt }: Minted): number {
    return Math.max(this.#clock.now() - wallAt, this.#clock.monotonic() - steadyAt)
  }
}

function toJwt({ key, keyId, teamId }: TokenIdentity, issuedAt: number): string {
  const head = encode({ alg: 'ES256', kid: keyId })
  const signed = `${head}.${encode({ iss: teamId, iat: issuedAt })}`
  // Without dsaEncoding the signature is DER, which Apple answers with InvalidProviderToken.
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
