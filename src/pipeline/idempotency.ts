/** One delivery per idempotency key: who sends under it again gets the first result. */
import type { Clock } from '../core/clock.ts'
import type { Delivery, Receipt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import type { Run, Stage } from './compose.ts'

/** One key, from the first send under it on. */
interface Reservation {
  readonly fingerprint: string
  readonly first: Pick<Delivery, 'id' | 'attempts'>
  readonly ending: Promise<Receipt>
  readonly forgetAt: number
}

/** All keys live equally long, so the oldest stand first: forgetting costs the same however many there are. */
export class Reservations {
  readonly #ttlMs: number
  readonly #clock: Clock
  readonly #live = new Map<string, Reservation>()

  constructor(ttlMs: number, clock: Clock) {
    this.#ttlMs = ttlMs
    this.#clock = clock
  }

  get(key: string): Reservation | undefined {
    this.#forgetOld()
    return this.#live.get(key)
  }

  /** Keeps the key while `ending` is open, and then unless it failed without anything being sent. */
  reserve(key: string, reservation: Omit<Reservation, 'forgetAt'>): void {
    const kept = { ...reservation, forgetAt: this.#clock.monotonic() + this.#ttlMs }
    this.#live.set(key, kept)
    kept.ending.catch((cause: unknown) => {
      const wasSent = !NotifyError.isNotifyError(cause) || cause.delivery === 'unknown'
      if (!wasSent && this.#live.get(key) === kept) this.#live.delete(key)
    })
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic()
    for (const [key, { forgetAt }] of this.#live) {
      if (forgetAt > now) return
      this.#live.delete(key)
    }
  }
}

export function idempotency(reservations: Reservations): Stage {
  return (next) => (delivery) => {
    if (delivery.idempotencyKey === undefined) return next(delivery)
    const key = JSON.stringify([delivery.channel, delivery.idempotencyKey])
    return once(delivery, { key, reservations, next })
  }
}

interface Once {
  readonly key: string
  readonly reservations: Reservations
  readonly next: Run
}

async function once(delivery: Delivery, { key, reservations, next }: Once): Promise<Receipt> {
  const fingerprint = fingerprintOf(delivery.input)
  for (;;) {
    const earlier = reservations.get(key)
    if (!earlier) {
      const { id, attempts } = delivery
      const ending = next(delivery)
      reservations.reserve(key, { fingerprint, first: { id, attempts }, ending })
      return ending
    }
    if (earlier.fingerprint !== fingerprint) throw mismatch()
    const answer = await answerOf(earlier, delivery)
    if (answer) return answer
  }
}

/** What the first send under the key got; nothing where this one has to send. */
async function answerOf({ ending, first }: Reservation, delivery: Delivery): Promise<Receipt | undefined> {
  try {
    const receipt = await unlessGivenUp(ending, delivery)
    delivery.duplicateOf = first
    return receipt
  } catch (cause) {
    if (delivery.abortReason) throw cause
    if (wasGivenUp(cause)) return undefined
    delivery.duplicateOf = first
    throw cause
  }
}

/** The first sender changed its mind, and nothing was sent: that is no answer for anybody else. */
function wasGivenUp(cause: unknown): boolean {
  return NotifyError.isNotifyError(cause) && cause.scope === 'caller' && cause.delivery === 'not_sent'
}

/** @throws {NotifyError} why this delivery was given up while it waited for the first one */
function unlessGivenUp(ending: Promise<Receipt>, delivery: Delivery): Promise<Receipt> {
  return new Promise((resolve, reject) => {
    const abort = ({ code, message }: NotifyError) => {
      reject(new NotifyError(code, message, { delivery: 'unknown' }))
    }
    if (delivery.abortReason) abort(delivery.abortReason)
    delivery.current = { abort }
    ending.then(resolve, reject).finally(() => {
      delivery.current = undefined
    })
  })
}

function mismatch(): NotifyError {
  return new NotifyError('IDEMPOTENCY_MISMATCH', 'Another message was sent under this idempotency key')
}
