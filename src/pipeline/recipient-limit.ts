/** Refuses at once what a recipient may not get yet, so that it is not burnt at the provider. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { LimitStore, Place, RecipientLimit } from '../core/stores.ts'
import type { Stage } from './compose.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

export interface RecipientLimitInit {
  readonly notifier: AnyNotifier
  /** What the store counts under. */
  readonly key: string
  readonly limits: readonly RecipientLimit[]
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

interface Asking {
  readonly key: string
  readonly asking: Promise<Place>
}

/** Who was certainly not sent to keeps his place. */
export function recipientLimit(init: RecipientLimitInit): Stage {
  const places = new Places(init)
  /** Of deliveries that may have gone out: another try at one takes no other place. */
  const held = new WeakMap<Delivery, Taken[]>()
  return (next) => async (delivery) => {
    if (held.has(delivery)) return next(delivery)
    const taken: Taken[] = []
    try {
      await places.take(delivery, taken)
      return await next(delivery)
    } catch (cause) {
      const isNotSent = NotifyError.isNotifyError(cause) && cause.delivery === 'not_sent'
      if (isNotSent) places.giveBack(taken)
      else held.set(delivery, taken)
      throw cause
    }
  }
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
        const place = asking instanceof Promise ? await this.#told(delivery, { key, asking }) : asking
        if ('waitMs' in place) throw this.#refusal(delivery, place.waitMs)
        taken.push({ key, ticket: place.ticket })
      }
    }
  }

  /** Nobody waits for it: a place that cannot be given back runs out by itself. */
  giveBack(taken: readonly Taken[]): void {
    for (const { key, ticket } of taken) void this.#giveBack(key, ticket)
  }

  async #giveBack(key: string, ticket: string): Promise<void> {
    try {
      await this.#init.store.giveBack(key, ticket)
    } catch (failure) {
      warn('The limit store failed; a place stays taken until it runs out', failure)
    }
  }

  /** A place that comes when nobody wants it any more is given back. */
  async #told(delivery: Delivery, { key, asking }: Asking): Promise<Place> {
    try {
      return await untilGivenUp(asking, delivery, 'not_sent')
    } catch (cause) {
      void asking.then((place) => ('ticket' in place ? this.#giveBack(key, place.ticket) : undefined))
      throw cause
    }
  }

  #subjectsOf(limit: RecipientLimit, message: unknown): readonly string[] {
    if (!limit.by) return this.#init.notifier.recipients?.(message) ?? []
    const subject = limit.by(message)
    return subject === undefined ? [] : [subject]
  }

  #refusal({ id, channel }: Delivery, waitMs: number): NotifyError {
    const { emit, clock, notifier } = this.#init
    const { provider } = notifier
    emit?.({ type: 'limited', id, channel, provider, at: clock.now(), action: 'refuse', waitMs })
    const text = `Not tried: ${provider} takes no more messages to this recipient for now`
    return new NotifyError('RATE_LIMITED', text, { retryAfterMs: waitMs, scope: 'recipient' })
  }
}
