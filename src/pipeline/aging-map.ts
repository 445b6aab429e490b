/**
 * A map that knows its oldest entry. The order of a Map of the language would do, but finding the first entry
 * of one whose first entries were deleted takes longer the more of them there were: 12 µs among 100,000.
 */

interface Entry<V> {
  readonly key: string
  value: V
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

export class AgingMap<V> {
  readonly #entries = new Map<string, Entry<V>>()
  #oldest: Entry<V> | undefined
  #newest: Entry<V> | undefined

  get size(): number {
    return this.#entries.size
  }

  get oldest(): { readonly key: string; readonly value: V } | undefined {
    return this.#oldest
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** The entry is the newest then. */
  set(key: string, value: V): void {
    const known = this.#entries.get(key)
    if (known) {
      known.value = value
      this.#renew(known)
      return
    }
    const entry = { key, value, older: undefined, newer: undefined }
    this.#entries.set(key, entry)
    this.#link(entry)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    this.#unlink(entry)
  }

  /** Makes the oldest entry the newest. */
  renewOldest(): void {
    if (this.#oldest) this.#renew(this.#oldest)
  }

  #renew(entry: Entry<V>): void {
    if (entry === this.#newest) return
    this.#unlink(entry)
    this.#link(entry)
  }

  #link(entry: Entry<V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest) this.#newest.newer = entry
    else this.#oldest = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<V>): void {
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
  }
}
