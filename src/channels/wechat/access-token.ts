/** Holds the account's access token: one fetch, however many sends wait for it or report it stale. */
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { notStarted } from '../../core/until-aborted.ts'
import type { IssuedToken } from './reply.ts'
import { SharedWork } from './shared-work.ts'
import { readStore, writeStore, type TokenStore } from './token-store.ts'

/** One request for a token. */
export interface TokenFetch {
  /** Invalidates the tokens in use. */
  readonly force: boolean
  readonly signal: AbortSignal
}

export interface AccessTokenSource {
  readonly fetch: (options: TokenFetch) => Promise<IssuedToken>
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
  #pending: SharedWork<string> | undefined
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
   * @throws {NotifyError} `not_sent`, what WeChat said to the request for one, or that the signal aborted
   */
  async current(signal: AbortSignal): Promise<string> {
    const held = this.#held
    const leftMs = held ? held.expiresAt - this.#now : 0
    if (!held || leftMs < WAIT_BELOW_MS) return this.#refresh({ signal })
    if (leftMs < RENEW_BELOW_MS && this.#now >= this.#quietUntil) {
      this.#refresh({}).catch(() => {
        // Still valid: the sends of the next minutes try again, and say so once it is not.
        this.#quietUntil = this.#now + BACK_OFF_MS
      })
    }
    return held.value
  }

  /**
   * A token to use in place of `stale`, which WeChat refused. Fetches one only if nobody has replaced it meanwhile.
   * It is `stale` itself where WeChat has no other.
   * @throws {NotifyError} `not_sent`, what WeChat said to the request for one, or that the signal aborted
   */
  async replace(stale: string, signal: AbortSignal): Promise<string> {
    await this.#running?.join(signal).catch(() => undefined)
    if (this.#held?.value !== stale) return this.current(signal)
    return this.#now < this.#quietUntil ? stale : this.#refresh({ stale, signal })
  }

  /** Asks WeChat now, whatever is held or was refused before. */
  async verify(signal: AbortSignal): Promise<void> {
    this.#refusal = undefined
    await this.#share((stop) => this.#fetch(stop)).join(signal)
  }

  get #now(): number {
    return this.#source.clock.monotonic()
  }

  /** What is being fetched, while somebody waits for it. */
  get #running(): SharedWork<string> | undefined {
    return this.#pending?.isOver ? undefined : this.#pending
  }

  async #refresh({ stale, signal }: { stale?: string; signal?: AbortSignal }): Promise<string> {
    if (signal?.aborted) throw notStarted()
    if (this.#refusal && this.#now < this.#refusal.until) throw this.#refusal.error
    return this.#share((stop) => this.#load(stop, stale)).join(signal)
  }

  /** The fetch that is going on, or this one. */
  #share(fetch: (stop: AbortSignal) => Promise<string>): SharedWork<string> {
    this.#pending = this.#running ?? new SharedWork((stop) => this.#remember(fetch(stop)))
    return this.#pending
  }

  async #remember(fetching: Promise<string>): Promise<string> {
    try {
      return await fetching
    } catch (error) {
      if (NotifyError.isNotifyError(error) && isLasting(error)) {
        this.#refusal = { error, until: this.#now + BACK_OFF_MS }
      }
      throw error
    }
  }

  async #load(stop: AbortSignal, stale: string | undefined): Promise<string> {
    return (await this.#fromStore(stale)) ?? (await this.#fetch(stop, stale))
  }

  async #fromStore(stale: string | undefined): Promise<string | undefined> {
    const { store, key, clock } = this.#source
    const stored = store && (await readStore(store, key, clock))
    const leftMs = stored ? stored.expiresAt - clock.now() : 0
    if (!stored || leftMs < RENEW_BELOW_MS || stored.value === stale) return undefined
    return this.#hold(stored.value, leftMs)
  }

  async #fetch(signal: AbortSignal, stale?: string): Promise<string> {
    let issued = await this.#source.fetch({ force: false, signal })
    if (issued.value === stale && this.#takeForce()) {
      issued = await this.#source.fetch({ force: true, signal })
    }
    if (issued.value === stale) this.#quietUntil = this.#now + BACK_OFF_MS
    const leftMs = issued.expiresInSeconds * 1000
    const value = this.#hold(issued.value, leftMs)
    const { store, key, clock } = this.#source
    if (store) {
      writeStore(store, key, { token: { value, expiresAt: clock.now() + leftMs }, ttlMs: leftMs })
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
