/** Chance that can be repeated: the same seed gives the same numbers. */

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 up to 1. Source: mulberry32, by Tommy Ettinger. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  under(bound: number): number {
    return this.next() * bound
  }

  is(probability: number): boolean {
    return this.next() < probability
  }

  of<T>(first: T, ...others: readonly T[]): T {
    return [first, ...others][Math.floor(this.under(others.length + 1))] ?? first
  }
}
