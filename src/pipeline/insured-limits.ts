/** Keeps limits by this process's own count while the shared store cannot be asked, so that it always answers. */
import type { Clock } from '../core/clock.ts'
import type { LimitStore, MaybePromise, Place, Rate } from '../core/stores.ts'
import { Pause } from './pause.ts'
import { warn } from './warn.ts'

/** Marks the tickets of the stand-in, so that they are given back to it. */
const OWN = 'own:'

/** How long the shared store may take for one answer, in milliseconds. */
const PATIENCE_MS = 1_000

/** How long it is left alone after that, in milliseconds. */
const REST_MS = 5_000

class Late extends Error {
  constructor() {
    super(`No answer within ${PATIENCE_MS} ms`)
  }
}

export interface InsuredLimitsInit {
  readonly shared: LimitStore
  readonly own: LimitStore
  readonly clock: Clock
}

export class InsuredLimits implements LimitStore {
  readonly #init: InsuredLimitsInit
  #isWarned = false
  /** By the monotonic clock: a store that hangs is not waited for by each message in turn. */
  #restUntil = Number.NEGATIVE_INFINITY

  constructor(init: InsuredLimitsInit) {
    this.#init = init
  }

  async take(key: string, rates: readonly Rate[]): Promise<Place> {
    const { shared, own, clock } = this.#init
    // The provider's word that the shared store may not have heard.
    const paused = await own.take(key, [])
    if ('waitMs' in paused) return paused
    if (clock.monotonic() < this.#restUntil) return this.#takeOwn(key, rates)
    const asking = this.#ask(() => shared.take(key, rates))
    try {
      const place = asPlace(await this.#inTime(asking))
      this.#isWarned = false
      return place
    } catch (cause) {
      this.#warnOnce(cause)
      if (cause instanceof Late) this.#restUntil = clock.monotonic() + REST_MS
      void asking.then((place) => this.#giveBackLate(key, place))
      return this.#takeOwn(key, rates)
    }
  }

  async #takeOwn(key: string, rates: readonly Rate[]): Promise<Place> {
    const place = await this.#init.own.take(key, rates)
    return 'ticket' in place ? { ticket: OWN + place.ticket } : place
  }

  async giveBack(key: string, ticket: string): Promise<void> {
    const { shared, own } = this.#init
    if (ticket.startsWith(OWN)) await own.giveBack(key, ticket.slice(OWN.length))
    // A place that cannot be given back runs out by itself.
    else await this.#attempt(() => shared.giveBack(key, ticket))
  }

  async pause(key: string, ms: number): Promise<void> {
    const { shared, own } = this.#init
    await own.pause(key, ms)
    await this.#attempt(() => shared.pause(key, ms))
  }

  /** What it settles to; a failure is a value, for nobody may be listening when it comes. */
  async #ask(call: () => MaybePromise<unknown>): Promise<unknown> {
    try {
      return await call()
    } catch (cause) {
      return cause instanceof Error ? cause : new Error('The store threw')
    }
  }

  async #inTime(asking: Promise<unknown>): Promise<unknown> {
    const pause = new Pause(this.#init.clock, PATIENCE_MS)
    const late = pause.done.then(() => new Late())
    const answer = await Promise.race([asking, late])
    pause.abort()
    return answer
  }

  async #giveBackLate(key: string, answer: unknown): Promise<void> {
    const { ticket } = (answer ?? {}) as { readonly ticket?: unknown }
    if (typeof ticket === 'string') await this.giveBack(key, ticket)
  }

  async #attempt(call: () => MaybePromise<void>): Promise<void> {
    const answer = await this.#inTime(this.#ask(call))
    if (answer instanceof Error) this.#warnOnce(answer)
  }

  #warnOnce(cause: unknown): void {
    if (!this.#isWarned) warn('The limit store failed; this process counts for itself meanwhile', cause)
    this.#isWarned = true
  }
}

/** @throws {Error} what the store failed with */
function asPlace(answer: unknown): Place {
  const { ticket, waitMs } = (answer ?? {}) as { readonly ticket?: unknown; readonly waitMs?: unknown }
  if (typeof ticket === 'string') return { ticket }
  if (typeof waitMs === 'number' && Number.isFinite(waitMs) && waitMs >= 0) return { waitMs }
  throw answer instanceof Error
    ? answer
    : new TypeError('The store answered with neither a ticket nor a wait')
}
