/** Counts the deliveries under way, so that closing can wait for them. */
import type { Clock } from '../core/clock.ts'
import { NotifyError } from '../core/errors.ts'
import type { Timeouts } from '../pipeline/timeouts.ts'

export class InFlight {
  readonly #clock: Clock
  readonly #deadlines: Timeouts
  #count = 0
  #emptied: (() => void) | undefined

  /** @param deadlines where every delivery under way waits for its deadline */
  constructor(clock: Clock, deadlines: Timeouts) {
    this.#clock = clock
    this.#deadlines = deadlines
  }

  enter(): void {
    this.#count += 1
  }

  leave(): void {
    this.#count -= 1
    if (this.#count === 0) this.#emptied?.()
  }

  /** Resolves when none is left; after `drainMs` milliseconds gives up those that are. */
  async drain(drainMs: number): Promise<void> {
    if (this.#count === 0) return
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    const timer = this.#clock.setTimeout(() => {
      const reason = new NotifyError('CLOSED', `Still in flight ${drainMs} ms after the SDK was closed`)
      for (const delivery of this.#deadlines.waiting()) delivery.abort(reason)
    }, drainMs)
    await emptied
    timer.cancel()
  }
}
