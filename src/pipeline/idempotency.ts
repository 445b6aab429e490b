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

/** A key whose first send is under way. */
interface Open {
  readonly fingerprint: string
  readonly first: Trace
  readonly ending: Promise<Receipt>
}

/** A key whose first send has ended. There may be very many: nothing is kept that nobody asks for. */
interface Settled {
  readonly fingerprint: string
  /** Whose result is repeated. */
  readonly first: Pick<Delivery, 'id' | 'attempts'>
  readonly end: { readonly receipt: Receipt } | { readonly cause: unknown }
  /** By the monotonic clock. */
  readonly forgetAt: number
}

/** All keys live equally long, so those that ended first stand first: forgetting costs the same however many there are. */
export class Reservations {
  readonly #ttlMs: number
  readonly #clock: Clock
  readonly #open = new Map<string, Open>()
  readonly #settled = new AgingMap<Settled>()

  constructor(ttlMs: number, clock: Clock) {
    this.#ttlMs = ttlMs
    this.#clock = clock
  }

  get(key: string): Open | Settled | undefined {
    this.#forgetOld()
    return this.#open.get(key) ?? this.#settled.get(key)
  }

  /** Keeps the key while `ending` is open, and for its time after that unless nothing was sent. */
  reserve(key: string, open: Open): void {
    const { fingerprint, first: sender, ending } = open
    this.#open.set(key, open)
    const settle = (end: Settled['end']) => {
      this.#open.delete(key)
      if ('cause' in end && wasNothingSent(end.cause, sender)) return
      const { id, attempts } = sender.duplicateOf ?? sender
      const forgetAt = this.#clock.monotonic() + this.#ttlMs
      // Copies: a list that was pushed to has room for seventeen, and a UUID is a tree of its fifteen parts.
      const first = { id: Buffer.from(id).toString(), attempts: [...attempts] }
      this.#settled.set(key, { fingerprint, first, end, forgetAt })
    }
    ending.then(
      (receipt) => settle({ receipt }),
      (cause: unknown) => settle({ cause }),
    )
  }

  #forgetOld(): void {
    const now = this.#clock.monotonic()
    for (let { oldest } = this.#settled; oldest && oldest.value.forgetAt <= now; { oldest } = this.#settled) {
      this.#settled.delete(oldest.key)
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
    if ('end' in earlier) return repeated(earlier, delivery)
    const answer = await answerOf(earlier, delivery)
    if (answer) return answer
  }
}

function begin(delivery: Delivery, next: Run): Pick<Open, 'ending' | 'first'> {
  const { id, attempts } = delivery
  const first: Trace = { id, attempts, duplicateOf: undefined }
  const ending = next(delivery)
  // Heard before any other end of it: it may have been answered for by another process.
  const note = () => void (first.duplicateOf = delivery.duplicateOf)
  ending.then(note, note)
  return { ending, first }
}

/** Also where the message has expired meanwhile: it was sent in time. */
function repeated({ first, end }: Settled, delivery: Delivery): Receipt {
  delivery.duplicateOf = first
  if ('cause' in end) throw end.cause
  return end.receipt
}

/** What the first send under the key gets; nothing where this one has to send. */
async function answerOf({ ending, first }: Open, delivery: Delivery): Promise<Receipt | undefined> {
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
