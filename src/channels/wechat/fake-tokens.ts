/**
 * The access tokens of one account in the fake: two interfaces whose tokens do not disturb each other.
 * Source: https://developers.weixin.qq.com/doc/service/en/api/base/api_getstableaccesstoken.html
 */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'

interface Issued {
  readonly value: string
  readonly expiresAt: number
}

export type TokenAnswer =
  | { readonly access_token: string; readonly expires_in: number }
  | { readonly errcode: number; readonly errmsg: string }

const LIFE_MS = 7_200_000
/** A stable token is renewed this early, and the one before it stays valid for as long. */
const OVERLAP_MS = 300_000
const FORCE_INTERVAL_MS = 30_000
const FORCED_PER_DAY = 20
const LEGACY_PER_DAY = 2_000
const DAY_MS = 86_400_000

export class FakeTokens {
  readonly #clock: Clock
  #stable: Issued | undefined
  #legacy: Issued | undefined
  /** Tokens that were replaced and have not run out. */
  #previous: Issued[] = []
  #dead = new Set<string>()
  #forcedAt: number[] = []
  #legacyAt: number[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The `stable_token` interface. */
  stable(force: boolean): TokenAnswer {
    if (force) return this.#force()
    const held = this.#stable
    if (held && this.#leftMs(held) >= OVERLAP_MS) return this.#answer(held)
    if (held) this.#previous.push(held)
    this.#stable = this.#issue()
    return this.#answer(this.#stable)
  }

  /** The `token` interface: every call replaces the token of the call before, which stays valid for 5 minutes. */
  legacy(): TokenAnswer {
    this.#legacyAt = this.#today(this.#legacyAt)
    if (this.#legacyAt.length >= LEGACY_PER_DAY)
      return { errcode: 45009, errmsg: 'reach max api daily quota limit' }
    this.#legacyAt.push(this.#now)
    if (this.#legacy) {
      const expiresAt = Math.min(this.#legacy.expiresAt, this.#now + OVERLAP_MS)
      this.#previous.push({ value: this.#legacy.value, expiresAt })
    }
    this.#legacy = this.#issue()
    return this.#answer(this.#legacy)
  }

  /** Replaces the stable token at once, as a forced refresh by somebody else does. */
  rotate(): void {
    if (this.#stable) this.#dead.add(this.#stable.value)
    for (const { value } of this.#previous) this.#dead.add(value)
    this.#previous = []
    this.#stable = this.#issue()
  }

  /** Keeps handing out the stable token of now, though messages with it are refused. */
  poison(): void {
    if (this.#stable) this.#dead.add(this.#stable.value)
  }

  /** Every token ever issued that could still be named in an error. */
  get values(): string[] {
    const live = [this.#stable, this.#legacy, ...this.#previous].flatMap((token) =>
      token ? [token.value] : [],
    )
    return [...live, ...this.#dead]
  }

  /** What a message with this token is told; nothing where the token is good. */
  refusal(value: string | null): { readonly errcode: number; readonly errmsg: string } | undefined {
    if (!value) return { errcode: 41001, errmsg: 'access_token missing' }
    if (!/^[\w-]{100,512}$/.test(value)) return { errcode: 40014, errmsg: 'invalid access_token' }
    const known = [this.#stable, this.#legacy, ...this.#previous].find((token) => token?.value === value)
    const isLatest = known && !this.#dead.has(value)
    if (!isLatest)
      return { errcode: 40001, errmsg: 'invalid credential, access_token is invalid or not latest' }
    return this.#leftMs(known) > 0 ? undefined : { errcode: 42001, errmsg: 'access_token expired' }
  }

  get #now(): number {
    return this.#clock.monotonic()
  }

  #force(): TokenAnswer {
    this.#forcedAt = this.#today(this.#forcedAt)
    const last = this.#forcedAt.at(-1) ?? Number.NEGATIVE_INFINITY
    if (this.#now - last < FORCE_INTERVAL_MS) {
      return { errcode: 45011, errmsg: 'api minute-quota reach limit, must slower, retry next minute' }
    }
    if (this.#forcedAt.length >= FORCED_PER_DAY)
      return { errcode: 45009, errmsg: 'reach max api daily quota limit' }
    this.#forcedAt.push(this.#now)
    this.rotate()
    return this.stable(false)
  }

  #issue(): Issued {
    return { value: `90_${randomBytes(96).toString('base64url')}`, expiresAt: this.#now + LIFE_MS }
  }

  #answer(token: Issued): TokenAnswer {
    return { access_token: token.value, expires_in: Math.floor(this.#leftMs(token) / 1000) }
  }

  #leftMs({ expiresAt }: Issued): number {
    return expiresAt - this.#now
  }

  #today(times: readonly number[]): number[] {
    return times.filter((at) => this.#now - at < DAY_MS)
  }
}
