/** Refuses at once what a recipient may not get yet, so that it is not burnt at the provider. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { LimitStore, RecipientLimit as Limit } from '../core/stores.ts'
import type { Stage } from './compose.ts'
import { placeInTime } from './place-in-time.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

export interface RecipientLimitInit {
  readonly notifier: AnyNotifier
  /** What the store counts under. */
  readonly key: string
  readonly limits: readonly Limit[]
  /** Answers always. */
  readonly store: LimitStore
  readonly clock: Clock
  readonly emit: Emit | undefined
}

/** A place taken within one limit. */
interface Taken {
  readonly key: string
  readonly ticket: string
}

/** Two stages: one before the wait for the account's turn, one after it. */
export class RecipientLimit {
  readonly #places: Places
  readonly #held = new WeakMap<Delivery, Taken[]>()

  constructor(init: RecipientLimitInit) {
    this.#places = new Places(init)
  }

  /** Who was certainly not sent to keeps his place. */
  readonly admission: Stage = (next) => async (delivery) => {
    // Another try at what may have gone out takes no other place.
    if (this.#held.has(delivery)) return next(delivery)
    const taken: Taken[] = []
    this.#held.set(delivery, taken)
    try {
      await this.#places.take(delivery, taken)
      return await next(delivery)
    } catch (cause) {
      if (NotifyError.isNotifyError(cause) && cause.delivery === 'not_sent') {
        this.#held.delete(delivery)
        void this.#places.giveBack(taken)
      }
      throw cause
    }
  }

  /** Who has waited in line takes his place now: the provider counts from when it is asked. */
  readonly renewal: Stage = (next) => async (delivery) => {
    const taken = delivery.waitMs > 0 && !mayHaveGone(delivery) ? this.#held.get(delivery) : undefined
    if (taken) {
      await untilGivenUp(this.#places.giveBack(taken.splice(0)), delivery, 'not_sent')
      await this.#places.take(delivery, taken)
    }
    return next(delivery)
  }
}

function mayHaveGone({ attempts }: Delivery): boolean {
  return attempts.some(({ error }) => error?.delivery === 'unknown')
}

class Places {
  readonly #init: RecipientLimitInit

  constructor(init: RecipientLimitInit) {
    this.#init = init
  }

  /**
   * @param taken where every place is written down at once
   * @throws {NotifyError} RATE_LIMITED, where one of the limits is reached
   */
  async take(delivery: Delivery, taken: Taken[]): Promise<void> {
    const { key: account, limits, store } = this.#init
    for (const [index, limit] of limits.entries()) {
      for (const subject of this.#subjectsOf(limit, delivery.message)) {
        const key = `${account}/${index}/${subject}`
        const asking = store.take(key, limit.rates)
        const giveBack = (ticket: string) => this.#giveBack(key, ticket)
        const place = asking instanceof Promise ? await placeInTime(asking, delivery, giveBack) : asking
        if ('waitMs' in place) throw this.#refusal(delivery, place.waitMs)
        taken.push({ key, ticket: place.ticket })
      }
    }
  }

  async giveBack(taken: readonly Taken[]): Promise<void> {
    await Promise.all(taken.map(({ key, ticket }) => this.#giveBack(key, ticket)))
  }

  /** A place that cannot be given back runs out by itself. */
  async #giveBack(key: string, ticket: string): Promise<void> {
    try {
      await this.#init.store.giveBack(key, ticket)
    } catch (failure) {
      warn('The limit store failed; a place stays taken until it runs out', failure)
    }
  }

  #subjectsOf(limit: Limit, message: unknown): readonly string[] {
    if (!limit.by) return this.#init.notifier.recipients?.(message) ?? []
    const subject = limit.by(message)
    return subject === undefined ? [] : [subject]
  }

  #refusal({ id, channel }: Delivery, waitMs: number): NotifyError {
    const { emit, clock, notifier } = this.#init
    const { provider } = notifier
    emit?.({ type: 'limited', id, channel, provider, at: clock.now(), action: 'refuse', waitMs })
    const text = `Not tried: your limit of ${provider} for one recipient is reached`
    return new NotifyError('RATE_LIMITED', text, { retryAfterMs: waitMs, scope: 'recipient' })
  }
}
