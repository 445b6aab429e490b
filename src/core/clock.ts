/** The only place that knows the time: everything else is handed a {@link Clock}, so tests can be too. */

export interface Timer {
  /** Safe to call twice, and after the timer has fired. */
  cancel(): void
  /** Keeps the process alive while this timer waits; so it is at first. */
  ref(): void
  /** Lets the process exit while this timer waits. */
  unref(): void
}

export interface Clock {
  /** Wall-clock time in epoch milliseconds; may jump. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number
  /** Calls `run` once after `delayMs` milliseconds. */
  setTimeout(run: () => void, delayMs: number): Timer
}

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout

  constructor(run: () => void, delayMs: number) {
    this.#timeout = setTimeout(run, delayMs)
  }

  cancel(): void {
    clearTimeout(this.#timeout)
  }

  ref(): void {
    this.#timeout.ref()
  }

  unref(): void {
    this.#timeout.unref()
  }
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, delayMs) => new SystemTimer(run, delayMs),
}

/** Runs after everything that is already settled has been heard. Not a delay: no time passes. */
export function nextTurn(run: () => void): void {
  setImmediate(run)
}

/** What Node's timers hold, in milliseconds; a longer delay fires at once. */
export const MAX_DELAY_MS = 2_147_483_647
