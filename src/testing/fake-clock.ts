/** A clock that moves when a test says so. */
import { systemClock, type Clock, type Timer } from '../core/clock.ts'
import { invalid } from '../core/parse.ts'

/** How long, in milliseconds of the machine's time, work that is held for may take before time passes after all. */
const MAX_HELD_MS = 1_000

interface Waiting {
  readonly dueAt: number
  readonly run: () => void
}

export class FakeClock implements Clock {
  #now: number
  #monotonic = 0
  /** By what falls due first; of two at the same moment the older one. */
  readonly #waiting: Waiting[] = []
  #held = 0

  /** @param startAt epoch milliseconds */
  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  setTimeout(run: () => void, delayMs: number): Timer {
    const waiting = { dueAt: this.#monotonic + Math.max(0, delayMs), run }
    this.#waiting.splice(this.#indexOf(waiting.dueAt, true), 0, waiting)
    return { cancel: () => this.#cancel(waiting), ref: () => undefined, unref: () => undefined }
  }

  /** Timers not yet fired or cancelled. */
  get pending(): number {
    return this.#waiting.length
  }

  /** Moves the wall clock alone, as an NTP correction does. */
  jump(ms: number): void {
    if (!Number.isFinite(ms)) throw invalid('INVALID_CONFIG', [{ path: 'ms', message: 'expected a number' }])
    this.#now += ms
  }

  /**
   * No time passes until `work` has ended: for what takes no time here and some on a real machine, such as reading
   * a file. What has not ended within a second is not waited for any longer.
   */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#held += 1
    try {
      return await work
    } finally {
      this.#held -= 1
    }
  }

  /** Lets `ms` milliseconds pass: fires what falls due, in order, and lets the program react in between. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms))) {
      throw invalid('INVALID_CONFIG', [{ path: 'ms', message: 'expected a number of 0 or more' }])
    }
    const target = this.#monotonic + ms
    for (;;) {
      await this.#settled()
      const [next] = this.#waiting
      if (!next || next.dueAt > target) break
      this.#waiting.shift()
      this.#moveTo(next.dueAt)
      next.run()
    }
    this.#moveTo(target)
    await this.#settled()
  }

  async #settled(): Promise<void> {
    const giveUpAt = systemClock.monotonic() + MAX_HELD_MS
    do await nextTurn()
    while (this.#held > 0 && systemClock.monotonic() < giveUpAt)
  }

  #cancel(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting, this.#indexOf(waiting.dueAt, false))
    if (index >= 0) this.#waiting.splice(index, 1)
  }

  /** Where those that fall due at this moment begin, or, `after` them, where they end. */
  #indexOf(dueAt: number, after: boolean): number {
    let [from, to] = [0, this.#waiting.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const other = this.#waiting[middle]?.dueAt ?? Infinity
      if (other < dueAt || (after && other === dueAt)) from = middle + 1
      else to = middle
    }
    return from
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}

/** Whether time can be kept from passing: by a clock of any copy of this package. */
export function canHold(clock: Clock | undefined): clock is Clock & Pick<FakeClock, 'hold'> {
  return clock !== undefined && 'hold' in clock && typeof clock.hold === 'function'
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
