/** Keeps a provider's account within its rates: sends wait for their turn in order, and for the provider's word. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { LimitStore, Place, Rate } from '../core/stores.ts'
import { hasTimeFor, Pause } from './pause.ts'
import { placeInTime } from './place-in-time.ts'
import { SlowStart } from './slow-start.ts'
import { warn } from './warn.ts'

export interface AccountLimitInit {
  /** What the store counts under. */
  readonly key: string
  readonly provider: string
  readonly rates: readonly Rate[]
  /** Answers always. */
  readonly store: LimitStore
  readonly clock: Clock
  readonly emit: Emit | undefined
}

/** A place at the provider. */
export interface Turn {
  readonly ticket: string
  readonly era: number
}

/** With another provider at hand, a longer wait than this is not worth it. */
const PATIENCE_MS = 1_000

interface Waiter {
  readonly delivery: Delivery
  readonly since: number
  readonly admit: (turn: Turn) => void
  readonly refuse: (reason: NotifyError) => void
}

export class AccountLimit {
  readonly #init: AccountLimitInit
  /** Who waits, the first in line first. */
  readonly #line = new Set<Waiter>()
  readonly #slowStart = new SlowStart()
  #isServing = false
  /** What the first in line waits for. */
  #pause: { abort(): void } | undefined
  /** When there will be a place for the first in line, by the monotonic clock, as far as is known. */
  #freeAt = 0

  constructor(init: AccountLimitInit) {
    this.#init = init
  }

  /**
   * The delivery's turn; where that is not now, resolves when it is.
   * @throws {NotifyError} RATE_LIMITED, where the wait would take too long; why the delivery was given up meanwhile
   */
  enter(delivery: Delivery): Turn | Promise<Turn> {
    if (this.#line.size > 0 || !this.#slowStart.isOpen) return this.#queue(delivery)
    const { key, rates, store } = this.#init
    const place = store.take(key, rates)
    if (place instanceof Promise) return this.#told(delivery, place)
    return 'ticket' in place ? this.#turn(place.ticket) : this.#queue(delivery, place.waitMs)
  }

  /** The provider was asked: heeds its word, so that nobody asks again before the time it gave. */
  used({ era }: Turn, cause?: unknown): void {
    this.#slowStart.left(era, true)
    if (!NotifyError.isNotifyError(cause) || cause.code !== 'RATE_LIMITED') return
    if (cause.scope !== 'quota' || cause.retryAfterMs === undefined) return
    this.#slowStart.begin()
    void this.#tellStore((store, key) => store.pause(key, cause.retryAfterMs ?? 0))
  }

  /** The provider was not asked after all. */
  giveBack({ ticket, era }: Turn): void {
    this.#slowStart.left(era, false)
    void this.#passOn(ticket)
  }

  /** The next in line need not wait for a place of his own. */
  async #passOn(ticket: string): Promise<void> {
    await this.#tellStore((store, key) => store.giveBack(key, ticket))
    if (this.#slowStart.isOpen) this.#pause?.abort()
  }

  /** Waits for the store's word no longer than the delivery is wanted; a place that comes too late is given back. */
  async #told(delivery: Delivery, asking: Promise<Place>): Promise<Turn> {
    // Before the answer, or all who come meanwhile would pass a slow start.
    const era = this.#slowStart.entered()
    const giveBack = (ticket: string) => this.#tellStore((store, key) => store.giveBack(key, ticket))
    const place = await placeInTime(asking, delivery, giveBack).catch((cause: unknown) => {
      this.#slowStart.left(era, false)
      throw cause
    })
    if ('ticket' in place) return { ticket: place.ticket, era }
    this.#slowStart.left(era, false)
    return this.#queue(delivery, place.waitMs)
  }

  async #tellStore(tell: (store: LimitStore, key: string) => void | Promise<void>): Promise<void> {
    try {
      await tell(this.#init.store, this.#init.key)
    } catch (cause) {
      warn('The limit store failed', cause)
    }
  }

  #turn(ticket: string): Turn {
    return { ticket, era: this.#slowStart.entered() }
  }

  #queue(delivery: Delivery, waitMs = 0): Promise<Turn> {
    const { clock } = this.#init
    const expectedMs = Math.max(waitMs, this.#freeAt - clock.monotonic()) + this.#lineMs()
    const refusal = this.#refusalFor(delivery, expectedMs)
    if (refusal) throw refusal
    this.#tell(delivery, 'wait', expectedMs)
    return new Promise<Turn>((admit, refuse) => {
      const waiter = { delivery, since: clock.monotonic(), admit, refuse }
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
    const { key, rates, store } = this.#init
    this.#isServing = true
    for (let waitMs = firstWaitMs; this.#line.size > 0;) {
      if (this.#dismiss(waitMs)) await this.#wait(waitMs)
      // Nobody knew how long a slow start would take.
      this.#dismiss(0)
      if (this.#line.size === 0) break
      const place = await store.take(key, rates)
      if ('ticket' in place) this.#admitNext(this.#turn(place.ticket))
      // A store that gives no place and no time to wait is not asked again and again in one turn.
      waitMs = 'ticket' in place ? 0 : Math.max(1, place.waitMs)
    }
    this.#isServing = false
  }

  async #wait(ms: number): Promise<void> {
    const { clock } = this.#init
    this.#freeAt = clock.monotonic() + ms
    if (ms > 0) await this.#untilEmptyOr(new Pause(clock, ms))
    if (!this.#slowStart.isOpen && this.#line.size > 0) await this.#untilEmptyOr(this.#slowStart.opened())
  }

  async #untilEmptyOr(pause: { readonly done: Promise<void>; abort(): void }): Promise<void> {
    this.#pause = pause
    await pause.done
    this.#pause = undefined
  }

  #admitNext(turn: Turn): void {
    const [next] = this.#line
    if (!next) {
      this.giveBack(turn)
      return
    }
    this.#leave(next)
    next.delivery.waitMs += this.#init.clock.monotonic() - next.since
    next.admit(turn)
  }

  /** Sends away who is first in line and cannot wait that long. Returns whether somebody can. */
  #dismiss(waitMs: number): boolean {
    for (const waiter of this.#line) {
      const refusal = this.#refusalFor(waiter.delivery, waitMs)
      if (!refusal) return true
      this.#leave(waiter)
      waiter.refuse(refusal)
    }
    return false
  }

  #leave(waiter: Waiter): void {
    this.#line.delete(waiter)
    waiter.delivery.current = undefined
    if (this.#line.size === 0) this.#pause?.abort()
  }

  /** How long those in line will take at the least: no window holds more than its limit. */
  #lineMs(): number {
    const ahead = this.#line.size
    return Math.max(0, ...this.#init.rates.map(({ limit, perMs }) => Math.floor(ahead / limit) * perMs))
  }

  /** What would expire in line is told at once; what has another provider goes there instead. */
  #refusalFor(delivery: Delivery, waitMs: number): NotifyError | undefined {
    const { clock, provider } = this.#init
    const { hasAlternative, expiresAt = Number.POSITIVE_INFINITY } = delivery
    const isPatient = !hasAlternative || (waitMs <= PATIENCE_MS && this.#slowStart.isOpen)
    if (isPatient && hasTimeFor(waitMs, delivery, clock)) return undefined
    if (!hasAlternative && clock.now() + waitMs >= expiresAt) {
      return new NotifyError('EXPIRED', 'The message would expire before its turn')
    }
    this.#tell(delivery, 'refuse', waitMs)
    const text = `Not tried: your limit of ${provider} or its own word is in the way, and the wait would take too long`
    // How long a slow start takes is not known.
    const retryAfterMs = this.#slowStart.isOpen ? waitMs : Math.max(waitMs, PATIENCE_MS)
    return new NotifyError('RATE_LIMITED', text, { retryAfterMs })
  }

  #tell({ id, channel }: Delivery, action: 'wait' | 'refuse', waitMs: number): void {
    const { emit, clock, provider } = this.#init
    emit?.({ type: 'limited', id, channel, provider, at: clock.now(), action, waitMs })
  }
}
