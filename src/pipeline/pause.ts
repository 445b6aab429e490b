/** A wait of one delivery, which ends when its time is over or the delivery is given up. */
import type { Clock, Timer } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { fairTryMs } from './fair-try.ts'

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

/**
 * Whether a wait ends before the message expires, and leaves the try after it a fair part of the deadline: one that
 * is begun at the last moment reaches the provider, and ends as unknown.
 */
export function hasTimeFor(delayMs: number, delivery: Delivery, clock: Clock): boolean {
  const { deadlineAt, expiresAt = Number.POSITIVE_INFINITY } = delivery
  const isInTime = clock.monotonic() + delayMs + fairTryMs(delivery) <= deadlineAt
  return isInTime && clock.now() + delayMs < expiresAt
}
