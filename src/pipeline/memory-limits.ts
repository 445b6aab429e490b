/** Counts within this process, exactly: no window of time, wherever it begins, holds more than its limit. */
import type { Clock } from '../core/clock.ts'
import type { LimitStore, Place, Rate } from '../core/stores.ts'
import { AgingMap } from './aging-map.ts'
import { SlidingLog } from './sliding-log.ts'

/** Of a take without rates, which counts nothing. */
const NOT_COUNTED = { ticket: '' } as const

export class MemoryLimits implements LimitStore {
  readonly #clock: Clock
  readonly #logs = new AgingMap<SlidingLog>()
  #lastNumber = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#logs.size
  }

  take(key: string, rates: readonly Rate[]): Place {
    const log = this.#logs.get(key)
    if (!log && rates.length === 0) return NOT_COUNTED
    const now = this.#clock.monotonic()
    const waitMs = log?.waitMs(rates, now) ?? 0
    if (waitMs > 0) return { waitMs }
    if (rates.length === 0) return NOT_COUNTED
    this.#lastNumber += 1
    const taken = { number: this.#lastNumber, at: now }
    this.#write(key, (own) => own.add(taken, rates))
    return { ticket: String(taken.number) }
  }

  giveBack(key: string, ticket: string): void {
    if (ticket !== NOT_COUNTED.ticket) this.#logs.get(key)?.remove(Number(ticket))
  }

  pause(key: string, ms: number): void {
    const until = this.#clock.monotonic() + ms
    this.#write(key, (log) => log.pause(until))
  }

  #write(key: string, change: (log: SlidingLog) => void): void {
    const log = this.#logs.get(key) ?? new SlidingLog()
    change(log)
    this.#logs.set(key, log)
    this.#forgetTwo()
  }

  /**
   * Looks at the two oldest keys at each write, so that they go faster than they come. Windows differ by key:
   * one that is not over goes to the end of the line, so that it hides no other.
   */
  #forgetTwo(): void {
    const now = this.#clock.monotonic()
    for (let looked = 0; looked < 2; looked += 1) {
      const { oldest } = this.#logs
      if (!oldest) return
      if (oldest.value.isOver(now)) this.#logs.delete(oldest.key)
      else this.#logs.renewOldest()
    }
  }
}
