/** Counts to how many connections of this process a publication was written, and tells once. */
import type { Clock, Timer } from '../../core/clock.ts'
import type { Tally } from './nodes.ts'

/** A connection that has not taken the bytes by then counts as one that does not read, in milliseconds. */
const PATIENCE_MS = 200

export class FanOutTally {
  readonly #tell: (tally: Tally) => void
  readonly #timer: Timer
  #queued: number | undefined
  #settled = 0
  #written = 0
  #isTold = false

  constructor(clock: Clock, tell: (tally: Tally) => void) {
    this.#tell = tell
    this.#timer = clock.setTimeout(() => this.#finish(), PATIENCE_MS)
  }

  readonly onWritten = (isWritten: boolean): void => {
    this.#settled++
    if (isWritten) this.#written++
    this.#look()
  }

  /** To be called when all connections were asked. */
  queued(count: number): void {
    this.#queued = count
    this.#look()
  }

  #look(): void {
    if (this.#queued !== undefined && this.#settled >= this.#queued) this.#finish()
  }

  #finish(): void {
    if (this.#isTold) return
    this.#isTold = true
    this.#timer.cancel()
    this.#tell({ queued: this.#queued ?? 0, written: this.#written })
  }
}
