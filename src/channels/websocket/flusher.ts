/** Writes what was said to many sockets in one turn, each with one call, without holding the event loop for long. */
import { nextTurn, type Clock } from '../../core/clock.ts'

/** The rest of a flush that takes longer waits for the next turn of the event loop, in milliseconds. */
const SLICE_MS = 8
/** Sockets between two looks at the clock. */
const STRIDE = 32

export interface Flushable {
  flush(): void
}

export class Flusher {
  readonly #clock: Clock
  #dirty: Flushable[] = []
  #next = 0
  #isScheduled = false
  #overruns = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Flushes that did not fit into one slice. */
  get overruns(): number {
    return this.#overruns
  }

  /** Flushes it soon, after everything else that this turn has to say. */
  add(connection: Flushable): void {
    this.#dirty.push(connection)
    if (this.#isScheduled) return
    this.#isScheduled = true
    nextTurn(this.#flush)
  }

  readonly #flush = (): void => {
    const endsAt = this.#clock.monotonic() + SLICE_MS
    while (this.#next < this.#dirty.length) {
      const end = Math.min(this.#next + STRIDE, this.#dirty.length)
      while (this.#next < end) this.#dirty[this.#next++]?.flush()
      if (this.#clock.monotonic() < endsAt || this.#next >= this.#dirty.length) continue
      this.#overruns++
      nextTurn(this.#flush)
      return
    }
    this.#dirty = []
    this.#next = 0
    this.#isScheduled = false
  }
}
