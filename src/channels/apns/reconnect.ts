/** How long to wait before the next connection: Apple takes rapid reconnecting for an attack. */

const BASE_MS = 100
const MAX_MS = 30_000
/** A connection that ended sooner was not worth opening, even if a push was answered on it. */
const MIN_LIFE_MS = 500

export class Reconnect {
  #failures = 0

  /** A connection takes no more pushes. `hasWorked`: one was answered on it. */
  ended(hasWorked: boolean, livedMs: number): void {
    this.#failures = hasWorked && livedMs >= MIN_LIFE_MS ? 0 : this.#failures + 1
  }

  /** Milliseconds. The first new connection after a working one, or one that broke once, is opened at once. */
  delayMs(): number {
    if (this.#failures < 2) return 0
    const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** (this.#failures - 2))
    return ceiling / 2 + (Math.random() * ceiling) / 2
  }
}
