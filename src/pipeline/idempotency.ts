/** One delivery per idempotency key: who sends under it again gets the first result. */
import type { Clock } from '../core/clock.ts'
import type { Delivery, Receipt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import { Skipped } from '../core/skipped.ts'
import { AgingMap } from './aging-map.ts'
import type { Run, Stage } from './compose.ts'
import { untilGivenUp } from './until-given-up.ts'

/** What is kept of a delivery: its message is not. */
type Trace = Pick<Delivery, 'id' | 'attempts' | 'duplicateOf'>

/** One key, from the first send under it on. */
interface Reservation {
  readonly fingerprint: string
  readonly first: Trace
  readonly ending: Promise<Receipt>
  /** By the monotonic clock; never while the first send is under way. */
  readonly forgetAt: number
}

/** All keys live equally long, so those that ended first stand first: forgetting costs the same however many there are. */
export class Reservations {
  readonly #ttlMs: number
  readonly #clock: Clock
  readonly #live = new AgingMap<Reservation>()

  constructor(ttlMs: number, clock: Clock) {
    this.#ttlMs = ttlMs
    this.#clock = clock
  }

  get(key: string): Reservation | undefined {
    this.#forgetOld()
    return this.#live.get(key)
  }

  /** Keeps the key while `ending` is open, and for its time after that unless nothing was sent. */
  reserve(key: string, reservation: Omit<Reservation, 'forgetAt'>): void {
    const { first, ending } = reservation
    const open = { ...reservation, forgetAt: Number.POSITIVE_INFINITY }
    this.#live.set(key, open)
    const keep = () => {
      this.#live.set(key, { ...reservation, forgetAt: this.#clock.monotonic() + this.#ttlMs })
    }
    ending.then(keep, (cause: unknown) => (wasNothingSent(cause, first) ? this.#live.delete(key) : keep()))
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic()
    for (let { oldest } = this.#live; oldest && oldest.value.forgetAt <= now; { oldest } = this.#live) {
      this.#live.delete(oldest.key)
    }
  }
}

/** Whether the delivery that ended so may be made again: the provider cannot have its message. */
export function wasNothingSent(cause: unknown, { attempts }: Pick<Delivery, 'attempts'>): boolean {
  if (cause instanceof Skipped || attempts.length === 0) return true
  return NotifyError.isNotifyError(cause) && cause.delivery === 'not_sent'
}

/** A key belongs to its channel. */
export function keyOf({ channel, idempotencyKey }: Delivery): string {
  return JSON.stringify([channel, idempotencyKey])
}

export function idempotency(reservations: Reservations): Stage {
  return (next) => (delivery) => {
    if (delivery.idempotencyKey === undefined) return next(delivery)
    return once(delivery, { key: keyOf(delivery), reservations, next })
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
      const { ending, first } = begin(delivery, next)
      reservations.reserve(key, { fingerprint, first, ending })
      return ending
    }
    if (earlier.fingerprint !== fingerprint) throw mismatch()
    const answer = await answerOf(earlier, delivery)
    if (answer) return answer
  }
}

function begin(delivery: Delivery, next: Run): Pick<Reservation, 'ending' | 'first'> {
  const { id, attempts } = delivery
  const first: Trace = { id, attempts, duplicateOf: undefined }
  const ending = next(delivery)
  // Heard before any other end of it: it may have been answered for by another process.
  const note = () => void (first.duplicateOf = delivery.duplicateOf)
  ending.then(note, note)
  return { ending, first }
}

/** What the first send under the key got; nothing where this one has to send. */
async function answerOf({ ending, first }: Reservation, delivery: Delivery): Promise<Receipt | undefined> {
  try {
    const receipt = await untilGivenUp(ending, delivery, 'unknown')
    delivery.duplicateOf = first.duplicateOf ?? first
    return receipt
  } catch (cause) {
    if (delivery.abortReason) throw cause
    if (wasGivenUp(cause)) return undefined
    delivery.duplicateOf = first.duplicateOf ?? first
    throw cause
  }
}

/** The first sender changed its mind, or a rule stopped it, and nothing was sent: that is no answer for anybody else. */
function wasGivenUp(cause: unknown): boolean {
  if (cause instanceof Skipped) return true
  return NotifyError.isNotifyError(cause) && cause.scope === 'caller' && cause.delivery === 'not_sent'
}

export function mismatch(): NotifyError {
  return new NotifyError('IDEMPOTENCY_MISMATCH', 'Another message was sent under this idempotency key')
}
