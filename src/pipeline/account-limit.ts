/** Keeps a provider's account within its rates: sends wait for their turn in order, and for the provider's word. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { LimitStore, Place, Rate } from '../core/stores.ts'
import { hasTimeFor, Pause } from './pause.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

export interface AccountLimitInit {
  /** What the store counts under. */
  readonly key: string
  readonly provider: string
  readonly rates: readonly Rate[]
  readonly store: LimitStore
  readonly clock: Clock
  readonly emit: Emit | undefined
}

/** With another provider at hand, a longer wait than this is not worth it. */
const PATIENCE_MS = 1_000

interface Waiter {
  readonly delivery: Delivery
  readonly since: number
  readonly admit: () => void
  readonly refuse: (reason: NotifyError) => void
}

export class AccountLimit {
  readonly #init: AccountLimitInit
  /** Who waits, the first in line first. */
  readonly #line = new Set<Waiter>()
  #isServing = false
  #pause: Pause | undefined

  constructor(init: AccountLimitInit) {
    this.#init = init
  }

  /**
   * Nothing where the delivery may go on at once, otherwise resolves when it may.
   * @throws {NotifyError} RATE_LIMITED, where the wait would take too long; why the delivery was given up meanwhile
   */
  enter(delivery: Delivery): Promise<void> | undefined {
    if (this.#line.size > 0) return this.#queue(delivery)
    const { key, rates, store } = this.#init
    const place = store.take(key, rates)
    if (place instanceof Promise) return this.#told(delivery, place)
    return this.#placed(delivery, place)
  }

  /** Waits for the store's word no longer than the delivery is wanted; a place that comes too late is given back. */
  async #told(delivery: Delivery, asking: Promise<Place>): Promise<void> {
    try {
      await this.#placed(delivery, await untilGivenUp(asking, delivery, 'not_sent'))
    } catch (cause) {
      if (delivery.abortReason) void this.#giveBack(asking)
      throw cause
    }
  }

  async #giveBack(asking: Promise<Place>): Promise<void> {
    const place = await asking
    if ('ticket' in place) await this.#init.store.giveBack(this.#init.key, place.ticket)
  }

  /** Heeds the provider's word: nobody asks again before the time it gave. */
  async heed(cause: unknown): Promise<void> {
    if (!NotifyError.isNotifyError(cause) || cause.code !== 'RATE_LIMITED') return
    if (cause.scope !== 'quota' || cause.retryAfterMs === undefined) return
    try {
      await this.#init.store.pause(this.#init.key, cause.retryAfterMs)
    } catch (failure) {
      warn('The limit store failed; the provider is not left alone', failure)
    }
  }

  #placed(delivery: Delivery, place: Place): Promise<void> | undefined {
    return 'ticket' in place ? undefined : this.#queue(delivery, place.waitMs)
  }

  #queue(delivery: Delivery, waitMs = 0): Promise<void> {
    const expectedMs = waitMs + this.#line.size * this.#paceMs()
    if (delivery.hasAlternative && expectedMs > PATIENCE_MS) throw this.#refusal(delivery, expectedMs)
    this.#tell(delivery, 'wait', expectedMs)
    return new Promise<void>((admit, refuse) => {
      const waiter = { delivery, since: this.#init.clock.monotonic(), admit, refuse }
      this.#line.add(waiter)
      const abort = (reason: NotifyError) => {
        this.#leave(waiter)
        refuse(changed(reason, { delivery: 'not_sent' }))
      }
      delivery.current = { abort }
      if (delivery.abortReason) abort(delivery.abortReason)
      else if (!this.#isServing) void this.#serve(waitMs)
    })
  }

  /** Admits one after the other, until nobody waits. */
  async #serve(firstWaitMs: number): Promise<void> {
    const { key, rates, store, clock } = this.#init
    this.#isServing = true
    for (let waitMs = firstWaitMs; this.#line.size > 0;) {
      const isWorth = this.#dismiss(waitMs)
      if (isWorth && waitMs > 0) {
        this.#pause = new Pause(clock, waitMs)
        await this.#pause.done
      }
      if (this.#line.size === 0) break
      const place = await store.take(key, rates)
      if ('ticket' in place) await this.#admitNext(place.ticket)
      waitMs = 'ticket' in place ? 0 : place.waitMs
    }
    this.#isServing = false
  }

  async #admitNext(ticket: string): Promise<void> {
    const [next] = this.#line
    if (!next) {
      await this.#init.store.giveBack(this.#init.key, ticket)
      return
    }
    this.#leave(next)
    next.delivery.waitMs += this.#init.clock.monotonic() - next.since
    next.admit()
  }

  /** Sends away who is first in line and cannot wait that long. Returns whether somebody can. */
  #dismiss(waitMs: number): boolean {
    const { clock } = this.#init
    for (const waiter of this.#line) {
      const { hasAlternative } = waiter.delivery
      const isPatient = !hasAlternative || waitMs <= PATIENCE_MS
      if (isPatient && hasTimeFor(waitMs, waiter.delivery, clock)) return true
      this.#leave(waiter)
      waiter.refuse(this.#dismissal(waiter.delivery, waitMs))
    }
    return false
  }

  /** What would expire in line is told at once; what has another provider goes there instead. */
  #dismissal(delivery: Delivery, waitMs: number): NotifyError {
    const { hasAlternative, expiresAt = Number.POSITIVE_INFINITY } = delivery
    if (hasAlternative || this.#init.clock.now() + waitMs < expiresAt) return this.#refusal(delivery, waitMs)
    return new NotifyError('EXPIRED', 'The message would expire before its turn')
  }

  #leave(waiter: Waiter): void {
    this.#line.delete(waiter)
    waiter.delivery.current = undefined
    if (this.#line.size === 0) this.#pause?.abort()
  }

  /** How long one turn takes in the long run. */
  #paceMs(): number {
    return Math.max(0, ...this.#init.rates.map(({ limit, perMs }) => perMs / limit))
  }

  #refusal(delivery: Delivery, retryAfterMs: number): NotifyError {
    this.#tell(delivery, 'refuse', retryAfterMs)
    const text = `Not tried: the limit of ${this.#init.provider} is reached, and the wait would take too long`
    return new NotifyError('RATE_LIMITED', text, { retryAfterMs })
  }

  #tell({ id, channel }: Delivery, action: 'wait' | 'refuse', waitMs: number): void {
    const { emit, clock, provider } = this.#init
    emit?.({ type: 'limited', id, channel, provider, at: clock.now(), action, waitMs })
  }
}
