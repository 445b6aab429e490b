/** Knows which of many was used least lately, at the cost of two references each. */

export class Used {
  older: Used | undefined
  newer: Used | undefined
}

export class UseOrder<T extends Used> {
  #oldest: T | undefined
  #newest: T | undefined

  get oldest(): T | undefined {
    return this.#oldest
  }

  /** Makes it the newest, whether it was known or not. */
  touch(used: T): void {
    if (used === this.#newest) return
    this.remove(used)
    used.older = this.#newest
    if (this.#newest) this.#newest.newer = used
    else this.#oldest = used
    this.#newest = used
  }

  /** Does no harm to one that is not known. */
  remove(used: T): void {
    const { older, newer } = used
    if (older) older.newer = newer
    else if (this.#oldest === used) this.#oldest = newer as T | undefined
    if (newer) newer.older = older
    else if (this.#newest === used) this.#newest = older as T | undefined
    used.older = undefined
    used.newer = undefined
  }
}
