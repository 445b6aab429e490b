/** When to open the next connection, as Apple takes rapid reconnecting for an attack, and whether to wait for it. */

const BASE_MS = 100
const MAX_MS = 30_000
/** A connection that ended sooner was not worth opening, even if a push was answered on it. */
const MIN_LIFE_MS = 500
/** Longer than APNs or a line is away in passing; who waits longer is better told, to try another way. */
const PATIENCE_MS = 3000
/** What failed longer ago than any wait of ours says nothing of today. */
const FORGET_MS = 2 * MAX_MS

/** A connection that takes no more pushes. Times are of the steady clock. */
export interface Ended {
  readonly openedAt: number
  /** It would have taken pushes. */
  readonly wasReady: boolean
  /** A push was answered on it. */
  readonly hasWorked: boolean
}

export class Reconnect {
  #failures = 0
  #endedAt = -Infinity
  #opensAt = -Infinity
  /** When the first was opened of those that were never ready, up to the last. */
  #failingSince: number | undefined

  ended({ openedAt, wasReady, hasWorked }: Ended, now: number): void {
    if (openedAt - this.#endedAt > FORGET_MS) this.#forget()
    this.#failingSince = wasReady ? undefined : (this.#failingSince ?? openedAt)
    this.#failures = hasWorked && now - openedAt >= MIN_LIFE_MS ? 0 : this.#failures + 1
    this.#endedAt = now
    this.#opensAt = now + this.#nextDelayMs()
  }

  /** Milliseconds. The first new connection after a working one, or one that broke once, is opened at once. */
  delayMs(now: number): number {
    return Math.max(0, this.#opensAt - now)
  }

  /** Whether the next connection would come too late for those that wait since connecting began to fail. */
  get isHopeless(): boolean {
    return this.#failingSince !== undefined && this.#opensAt - this.#failingSince > PATIENCE_MS
  }

  #forget(): void {
    this.#failures = 0
    this.#failingSince = undefined
  }

  #nextDelayMs(): number {
    if (this.#failures < 2) return 0
    const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** (this.#failures - 2))
    return ceiling / 2 + (Math.random() * ceiling) / 2
  }
}
