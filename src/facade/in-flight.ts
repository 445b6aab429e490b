/** The deliveries under way, so that closing can wait for them. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'

export class InFlight {
  readonly #clock: Clock
  readonly #deliveries = new Set<Delivery>()
  #emptied: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(delivery: Delivery): void {
    this.#deliveries.add(delivery)
  }

  delete(delivery: Delivery): void {
    this.#deliveries.delete(delivery)
    if (this.#deliveries.size === 0) this.#emptied?.()
  }

  /** Resolves when none is left; after `drainMs` milliseconds gives up those that are. */
  async drain(drainMs: number): Promise<void> {
    if (this.#deliveries.size === 0) return
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    const timer = this.#clock.setTimeout(() => {
      const reason = new NotifyError('CLOSED', `Still in flight ${drainMs} ms after the SDK was closed`)
      for (const delivery of this.#deliveries) delivery.abort(reason)
    }, drainMs)
    await emptied
    timer.cancel()
  }
}
