/** A clock that moves when a test says so. */
import type { Clock, Timer } from '../core/clock.ts'

interface Waiting {
  readonly dueAt: number
  readonly run: () => void
}

export class FakeClock implements Clock {
  #now: number
  #monotonic = 0
  readonly #waiting = new Set<Waiting>()

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
    const waiting = { dueAt: this.#monotonic + delayMs, run }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting), ref: () => undefined, unref: () => undefined }
  }

  /** Timers not yet fired or cancelled. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Moves the wall clock alone, as an NTP correction does. */
  jump(ms: number): void {
    this.#now += ms
  }

  /** Lets `ms` milliseconds pass: fires what falls due, in order, and lets the program react in between. */
  async advance(ms: number): Promise<void> {
    const target = this.#monotonic + ms
    for (;;) {
      await settled()
      const next = this.#nextUntil(target)
      if (!next) break
      this.#moveTo(next.dueAt)
      this.#waiting.delete(next)
      next.run()
    }
    this.#moveTo(target)
    await settled()
  }

  #nextUntil(target: number): Waiting | undefined {
    const due = [...this.#waiting].filter(({ dueAt }) => dueAt <= target)
    return due.sort((a, b) => a.dueAt - b.dueAt)[0]
  }

  #moveTo(monotonic: number): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
