/**
 * Finds out that a line is dead when nobody says so: a dropped NAT entry, or a reset that `node:http2` misses
 * under load (https://github.com/nodejs/node/issues/63412). Silence is answered by a ping, more silence by the end.
 */
import { nextTurn, type Clock, type Timer } from '../../core/clock.ts'

export interface WatchdogTimes {
  /** With pushes waiting, in milliseconds. */
  readonly pingAfterMs: number
  /** With none waiting, in milliseconds. */
  readonly pingIdleMs: number
  readonly pingTimeoutMs: number
}

export interface Watched {
  /** Whether pushes wait for an answer. */
  isBusy(): boolean
  /** Bytes received so far: moves with every frame, also those that nobody reports. */
  bytesRead(): number
  ping(): void
  /** Nothing was heard within the ping timeout. */
  giveUp(): void
}

export class Watchdog {
  readonly #times: WatchdogTimes
  readonly #watched: Watched
  readonly #clock: Clock
  #heardAt: number
  #bytesAtPing = 0
  #timer: Timer | undefined
  #isStopped = false
  #isPinging = false

  constructor(times: WatchdogTimes, watched: Watched, clock: Clock) {
    this.#times = times
    this.#watched = watched
    this.#clock = clock
    this.#heardAt = clock.monotonic()
  }

  /** A sign of life. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  /** Looks again when silence becomes suspicious; call when pushes begin to wait, too. */
  watch(): void {
    if (this.#isStopped || this.#isPinging) return
    const silentMs = this.#clock.monotonic() - this.#heardAt
    const limitMs = this.#watched.isBusy() ? this.#times.pingAfterMs : this.#times.pingIdleMs
    if (silentMs >= limitMs) this.#ping()
    else this.#after(limitMs - silentMs, () => this.watch())
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #ping(): void {
    this.#isPinging = true
    this.#bytesAtPing = this.#watched.bytesRead()
    this.#watched.ping()
    // Bytes that arrived while the program was busy are read after the timers: let them in first.
    this.#after(this.#times.pingTimeoutMs, () => nextTurn(() => this.#judge()))
  }

  #judge(): void {
    this.#isPinging = false
    if (this.#isStopped) return
    if (this.#watched.bytesRead() === this.#bytesAtPing) return this.#watched.giveUp()
    this.heard()
    this.watch()
  }

  #after(delayMs: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimeout(run, delayMs)
    this.#timer.unref()
  }
}
