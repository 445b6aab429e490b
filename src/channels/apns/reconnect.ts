/** How long to wait before the next connection: Apple takes rapid reconnecting for an attack. */

const BASE_MS = 100
const MAX_MS = 30_000

export class Reconnect {
  #failures = 0

  /** A push was answered on a connection: it was worth opening. */
  succeeded(): void {
    this.#failures = 0
  }

  /** A connection ended before one push was answered on it. */
  failed(): void {
    this.#failures += 1
  }

  /** Milliseconds. The first new connection after a working one, or one that broke once, is opened at once. */
  delayMs(): number {
    if (this.#failures < 2) return 0
    const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** (this.#failures - 2))
    return ceiling / 2 + (Math.random() * ceiling) / 2
  }
}
