/** Keeps limits by this process's own count while the shared store cannot be asked. */
import type { LimitStore, Place, Rate } from '../core/stores.ts'
import { warn } from './warn.ts'

/** Marks the tickets of the stand-in, so that they are given back to it. */
const OWN = 'own:'

export class InsuredLimits implements LimitStore {
  readonly #shared: LimitStore
  readonly #own: LimitStore
  #isWarned = false

  constructor(shared: LimitStore, own: LimitStore) {
    this.#shared = shared
    this.#own = own
  }

  async take(key: string, rates: readonly Rate[]): Promise<Place> {
    try {
      const place = await this.#shared.take(key, rates)
      this.#isWarned = false
      return place
    } catch (cause) {
      this.#warnOnce(cause)
      const place = await this.#own.take(key, rates)
      return 'ticket' in place ? { ticket: OWN + place.ticket } : place
    }
  }

  async giveBack(key: string, ticket: string): Promise<void> {
    if (ticket.startsWith(OWN)) {
      await this.#own.giveBack(key, ticket.slice(OWN.length))
      return
    }
    // A place that cannot be given back runs out by itself.
    await this.#attempt(() => this.#shared.giveBack(key, ticket))
  }

  async pause(key: string, ms: number): Promise<void> {
    await this.#own.pause(key, ms)
    await this.#attempt(() => this.#shared.pause(key, ms))
  }

  async #attempt(call: () => void | Promise<void>): Promise<void> {
    try {
      await call()
    } catch (cause) {
      this.#warnOnce(cause)
    }
  }

  #warnOnce(cause: unknown): void {
    if (!this.#isWarned) warn('The limit store failed; this process counts for itself meanwhile', cause)
    this.#isWarned = true
  }
}
