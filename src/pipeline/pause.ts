/** A wait of one delivery, which ends when its time is over or the delivery is given up. */
import type { Clock, Timer } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'

export class Pause {
  /** Resolves at the end, whatever ended it. */
  readonly done: Promise<void>
  #finish: () => void = () => undefined
  readonly #timer: Timer

  constructor(clock: Clock, delayMs: number) {
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#timer = clock.setTimeout(() => this.#finish(), delayMs)
  }

  abort(): void {
    this.#timer.cancel()
    this.#finish()
  }
}

/** Whether a wait ends before the deadline and before the message expires. */
export function hasTimeFor(
  delayMs: number,
  { deadlineAt, expiresAt = Number.POSITIVE_INFINITY }: Delivery,
  clock: Clock,
): boolean {
  return clock.monotonic() + delayMs < deadlineAt && clock.now() + delayMs < expiresAt
}
