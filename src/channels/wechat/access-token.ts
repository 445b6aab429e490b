/** Holds the account's access token: one fetch, however many sends wait for it or report it stale. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { IssuedToken } from './reply.ts'
import { readStore, writeStore, type TokenStore } from './token-store.ts'

export interface AccessTokenSource {
  readonly fetch: (options: { readonly force: boolean }) => Promise<IssuedToken>
  readonly clock: Clock
  readonly store?: TokenStore | undefined
  /** Under which the store files it. */
  readonly key: string
  readonly allowForceRefresh: boolean
}

interface HeldToken {
  readonly value: string
  /** By the monotonic clock: a wall clock that jumps must not expire it. */
  readonly expiresAt: number
}

/** Renew in the background below this; WeChat issues a new one from here on and keeps the old one valid. */
const RENEW_BELOW_MS = 300_000
/** Below this do not trust it to outlive the send. */
const WAIT_BELOW_MS = 60_000
/** Leave WeChat alone this long after an answer that asking again will not change. */
const BACK_OFF_MS = 30_000
const FORCED_PER_DAY = 20
const DAY_MS = 86_400_000

export class AccessToken {
  readonly #source: AccessTokenSource
  #held: HeldToken | undefined
  #previous: string | undefined
  #pending: Promise<string> | undefined
  #refusal: { readonly error: NotifyError; readonly until: number } | undefined
  /** Do not renew in the background, nor ask whether the held token is the right one, before this. */
  #quietUntil = Number.NEGATIVE_INFINITY
  #forcedAt: number[] = []

  constructor(source: AccessTokenSource) {
    this.#source = source
  }

  /** Every token that may still stand in a request. */
  get values(): string[] {
    return [this.#held?.value, this.#previous].filter((value) => value !== undefined)
  }

  /**
   * A token that is valid as far as we know.
   * @throws {NotifyError} `not_sent`, what WeChat said to the request for one
   */
  current(): Promise<string> {
    const held = this.#held
    const leftMs = held ? held.expiresAt - this.#now : 0
    if (!held || leftMs < WAIT_BELOW_MS) return this.#refresh()
    if (leftMs < RENEW_BELOW_MS && this.#now >= this.#quietUntil) {
      this.#refresh().catch(() => {
        // Still valid: the sends of the next minutes try again, and say so once it is not.
        this.#quietUntil = this.#now + BACK_OFF_MS
      })
    }
    return Promise.resolve(held.value)
  }

  /**
   * A token to use in place of `stale`, which WeChat refused. Fetches one only if nobody has replaced it meanwhile.
   * @throws {NotifyError} `not_sent`, what WeChat said to the request for one
   */
  async replace(stale: string): Promise<string> {
    await this.#pending?.catch(() => undefined)
    if (this.#held?.value !== stale) return this.current()
    return this.#now < this.#quietUntil ? stale : this.#refresh(stale)
  }

  /** Asks WeChat now, whatever is held or was refused before. */
  async verify(): Promise<void> {
    this.#refusal = undefined
    this.#pending ??= this.#share(this.#fetch())
    await this.#pending
  }

  get #now(): number {
    return this.#source.clock.monotonic()
  }

  #refresh(stale?: string): Promise<string> {
    if (this.#refusal && this.#now < this.#refusal.until) return Promise.reject(this.#refusal.error)
    this.#pending ??= this.#share(this.#load(stale))
    return this.#pending
  }

  async #share(fetching: Promise<string>): Promise<string> {
    try {
      return await fetching
    } catch (error) {
      if (NotifyError.isNotifyError(error) && isLasting(error)) {
        this.#refusal = { error, until: this.#now + BACK_OFF_MS }
      }
      throw error
    } finally {
      this.#pending = undefined
    }
  }

  async #load(stale: string | undefined): Promise<string> {
    return (await this.#fromStore(stale)) ?? (await this.#fetch(stale))
  }

  async #fromStore(stale: string | undefined): Promise<string | undefined> {
    const { store, key, clock } = this.#source
    const stored = store && (await readStore(store, key))
    const leftMs = stored ? stored.expiresAt - clock.now() : 0
    if (!stored || leftMs < RENEW_BELOW_MS || stored.value === stale) return undefined
    return this.#hold(stored.value, leftMs)
  }

  async #fetch(stale?: string): Promise<string> {
    let issued = await this.#source.fetch({ force: false })
    if (issued.value === stale && this.#takeForce()) issued = await this.#source.fetch({ force: true })
    if (issued.value === stale) this.#quietUntil = this.#now + BACK_OFF_MS
    const leftMs = issued.expiresInSeconds * 1000
    const value = this.#hold(issued.value, leftMs)
    const { store, key, clock } = this.#source
    if (store) {
      await writeStore(store, key, { token: { value, expiresAt: clock.now() + leftMs }, ttlMs: leftMs })
    }
    return value
  }

  #hold(value: string, leftMs: number): string {
    if (this.#held && this.#held.value !== value) this.#previous = this.#held.value
    this.#held = { value, expiresAt: this.#now + leftMs }
    this.#refusal = undefined
    return value
  }

  /** Whether WeChat's limits on forced refreshes, and ours, leave one to use now. */
  #takeForce(): boolean {
    const now = this.#now
    this.#forcedAt = this.#forcedAt.filter((at) => now - at < DAY_MS)
    const last = this.#forcedAt.at(-1) ?? Number.NEGATIVE_INFINITY
    if (
      !this.#source.allowForceRefresh ||
      this.#forcedAt.length >= FORCED_PER_DAY ||
      now - last < BACK_OFF_MS
    )
      return false
    this.#forcedAt.push(now)
    return true
  }
}

/** Wrong credentials and settings stay wrong for a while. */
function isLasting({ scope }: NotifyError): boolean {
  return scope === 'credentials' || scope === 'config'
}
