/** What was taken under one key, oldest first: the exact answer to how much any window of time holds. */
import type { Rate } from '../core/stores.ts'

interface Taken {
  readonly number: number
  /** By the monotonic clock. */
  readonly at: number
}

export class SlidingLog {
  #taken: Taken[] = []
  /** Where the log begins; what is before it is over. */
  #start = 0
  #longestMs = 0
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** Milliseconds until there is a place within every rate; 0 where there is one now. */
  waitMs(rates: readonly Rate[], now: number): number {
    let freeAt = this.#pausedUntil
    for (const { limit, perMs } of rates) {
      const index = this.#taken.length - limit
      const blocking = index >= this.#start ? this.#taken[index] : undefined
      if (blocking) freeAt = Math.max(freeAt, blocking.at + perMs)
    }
    return Math.max(0, Math.ceil(freeAt - now))
  }

  add(taken: Taken, rates: readonly Rate[]): void {
    for (const { perMs } of rates) this.#longestMs = Math.max(this.#longestMs, perMs)
    this.#forgetOld(taken.at)
    // Most keys hold one: a list that is pushed to from the first on would have room for seventeen.
    if (this.#taken.length === 0) this.#taken = [taken]
    else this.#taken.push(taken)
  }

  /** Nothing where it is over already. */
  remove(number: number): void {
    // What is given back was most often taken a moment ago.
    for (let index = this.#taken.length - 1; index >= this.#start; index -= 1) {
      const found = this.#taken[index]?.number ?? 0
      if (found === number) this.#taken.splice(index, 1)
      if (found <= number) return
    }
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until)
  }

  /** Whether it says anything still. */
  isOver(now: number): boolean {
    const last = this.#taken.at(-1)?.at ?? Number.NEGATIVE_INFINITY
    return this.#pausedUntil <= now && last + this.#longestMs <= now
  }

  /** Cuts the list only where half of it is over, so that each take pays for one other at most. */
  #forgetOld(now: number): void {
    const since = now - this.#longestMs
    while ((this.#taken[this.#start]?.at ?? now) <= since) this.#start += 1
    if (this.#start * 2 <= this.#taken.length) return
    this.#taken = this.#taken.slice(this.#start)
    this.#start = 0
  }
}
