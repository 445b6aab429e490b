/** One delivery per idempotency key among all processes that share a store. */
import type { Clock } from '../core/clock.ts'
import type { Delivery, Receipt } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { Certainty } from '../core/failures.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import { bareError, scrubber } from '../core/redact.ts'
import type { IdempotencyStore, KeyState } from '../core/stores.ts'
import type { Run, Stage } from './compose.ts'
import { keyOf, mismatch, wasNothingSent } from './idempotency.ts'
import { readOutcome, writeOutcome, type Ended } from './outcome.ts'
import { Pause } from './pause.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

export interface SharedKeysInit {
  /** How long a key is remembered, in milliseconds; at least as long as its delivery may take. */
  readonly ttlMs: number
  readonly clock: Clock
}

/** What a delivery may take beyond its deadline, to be told of in the store. */
const GRACE_MS = 30_000

/** How long to wait before the store is asked again about a delivery under way elsewhere. */
const FIRST_POLL_MS = 50
const LAST_POLL_MS = 1_000

/** Stands inside `idempotency`, which sees to this process. */
export function sharedIdempotency(store: IdempotencyStore, init: SharedKeysInit): Stage {
  return (next) => async (delivery) => {
    if (delivery.idempotencyKey === undefined) return next(delivery)
    const key = new SharedKey(delivery, store, init)
    const earlier = await key.claim()
    return earlier ? answerOf(earlier, delivery) : key.send(next)
  }
}

type Earlier = Exclude<KeyState, { readonly status: 'pending' }>

/** One delivery's dealings with the store. */
class SharedKey {
  readonly #delivery: Delivery
  readonly #store: IdempotencyStore
  readonly #init: SharedKeysInit
  readonly #key: string
  readonly #fingerprint: string
  /** Whether another process may be sending under the key. */
  #certainty: Certainty = 'not_sent'

  constructor(delivery: Delivery, store: IdempotencyStore, init: SharedKeysInit) {
    this.#delivery = delivery
    this.#store = store
    this.#init = init
    this.#key = keyOf(delivery)
    this.#fingerprint = fingerprintOf(delivery.input)
  }

  /**
   * Waits for whoever sends under the key now.
   * @returns nothing where the key is this delivery's, otherwise what became of the one that had it
   * @throws {NotifyError} IDEMPOTENCY_MISMATCH; UNAVAILABLE, where the store fails; why the delivery was given up
   */
  async claim(): Promise<Earlier | undefined> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LAST_POLL_MS)) {
      const state = await this.#ask()
      // The store was asked twice: its first answer never came.
      if (state?.status === 'pending' && state.id === this.#delivery.id) return undefined
      if (state && state.fingerprint !== this.#fingerprint) throw mismatch()
      if (state?.status !== 'pending') return state
      this.#certainty = 'unknown'
      await this.#pause(pollMs)
    }
  }

  /** Sends, and tells the store how it ended: no failure of the store changes what became of the message. */
  async send(next: Run): Promise<Receipt> {
    try {
      const receipt = await next(this.#delivery)
      await this.#settle({ receipt })
      return receipt
    } catch (cause) {
      if (wasNothingSent(cause, this.#delivery)) await this.#release()
      // Anything else leaves the claim to run out, so that nobody takes the message for not sent.
      else if (NotifyError.isNotifyError(cause)) await this.#settle({ error: cause })
      throw cause
    }
  }

  async #ask(): Promise<KeyState | undefined> {
    const { id, deadlineMs, abortReason } = this.#delivery
    if (abortReason) throw changed(abortReason, { delivery: this.#certainty })
    const leaseMs = deadlineMs + GRACE_MS
    const ttlMs = Math.max(this.#init.ttlMs, leaseMs)
    const asking = this.#call(() =>
      this.#store.claim(this.#key, { id, fingerprint: this.#fingerprint, ttlMs, leaseMs }),
    )
    try {
      return await untilGivenUp(asking, this.#delivery, this.#certainty)
    } catch (cause) {
      void this.#withdraw(asking)
      throw cause
    }
  }

  /** The claim may have come through all the same, and would hold the key for a sender who is gone. */
  async #withdraw(asking: Promise<unknown>): Promise<void> {
    await asking.catch(() => undefined)
    await this.#call(() => this.#store.release(this.#key, this.#delivery.id)).catch(() => undefined)
  }

  async #pause(ms: number): Promise<void> {
    const delivery = this.#delivery
    const waiting = new Pause(this.#init.clock, ms)
    delivery.current = waiting
    await waiting.done
    delivery.current = undefined
  }

  #settle(end: Ended['end']): Promise<void> {
    const { id, attempts } = this.#delivery
    return this.#tell(() => this.#store.settle(this.#key, id, writeOutcome({ attempts, end })))
  }

  #release(): Promise<void> {
    return this.#tell(() => this.#store.release(this.#key, this.#delivery.id))
  }

  /** The caller waits for the store no longer than he would have for his message. */
  async #tell(tell: () => Promise<void>): Promise<void> {
    const telling = this.#call(tell).catch((cause: unknown) => {
      const { cause: own = cause } = cause as NotifyError
      warn('The idempotency store failed; other processes take this delivery for lost', own)
    })
    await untilGivenUp(telling, this.#delivery, 'unknown').catch(() => undefined)
  }

  /** @throws {NotifyError} whatever the store throws; without the key, which is the caller's secret */
  async #call<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (cause) {
      if (NotifyError.isNotifyError(cause)) throw changed(cause, { delivery: this.#certainty })
      const scrub = scrubber([this.#key, this.#delivery.idempotencyKey ?? ''])
      throw new NotifyError('UNAVAILABLE', 'The idempotency store failed', {
        ...{ delivery: this.#certainty, scope: 'network' },
        cause: bareError(cause, scrub),
      })
    }
  }
}

/** @throws {NotifyError} what the first delivery failed with; TIMED_OUT, where nobody can tell what became of it */
function answerOf(earlier: Earlier, delivery: Delivery): Receipt {
  const outcome = earlier.status === 'settled' ? readOutcome(earlier.outcome) : undefined
  delivery.duplicateOf = { id: earlier.id, attempts: [...(outcome?.attempts ?? [])] }
  if (!outcome) throw lost(earlier.status)
  if ('error' in outcome.end) throw outcome.end.error
  return outcome.end.receipt
}

function lost(status: Earlier['status']): NotifyError {
  const text =
    status === 'lost'
      ? 'The process that sent under this idempotency key ended before it could say what happened'
      : 'What happened under this idempotency key was written down in a way that cannot be read here'
  return new NotifyError('TIMED_OUT', text, { delivery: 'unknown' })
}
