/** The publications kept of one channel, and which of those that are gone would be missed. */
import type { HistoryQuery, HistoryRule, KeptPublication } from '../../../core/push-broker.ts'
import { Used } from './use-order.ts'

/** What is to be kept. */
export interface Addition {
  readonly data: string
  readonly rule: HistoryRule
  readonly ttlMs: number | undefined
  readonly key: string | undefined
  readonly now: number
}

interface Entry extends KeptPublication {
  readonly at: number
  /** Milliseconds after which it is of no use, where that is sooner than the rule's. */
  readonly ttlMs: number | undefined
  readonly key: string | undefined
  readonly bytes: number
}

/** What an entry takes besides its texts, roughly. */
const ENTRY_BYTES = 128

export class KeptPublications extends Used {
  readonly epoch: string
  /** By offset; where a key was taken by a newer one, an offset is missing. */
  #entries: Entry[] = []
  #byKey: Map<string, Entry> | undefined
  /** That of the newest publication: it is the channel's. */
  #rule: HistoryRule
  /** The newest that would be missed. */
  #floor: number
  bytes = 0

  constructor(epoch: string, floor: number, rule: HistoryRule) {
    super()
    this.epoch = epoch
    this.#floor = floor
    this.#rule = rule
  }

  get floor(): number {
    return this.#floor
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  add(offset: number, addition: Addition): void {
    const { key, now, rule } = addition
    this.#rule = rule
    this.trim(now)
    if (key !== undefined) this.#makeRoomFor(key)
    this.#append(toEntry(offset, addition))
    while (this.#entries.length > rule.size) this.#dropOldest(now)
  }

  /** Drops what is too old by the channel's rule. */
  trim(now: number): void {
    for (let oldest = this.#entries[0]; oldest; oldest = this.#entries[0]) {
      if (now - oldest.at < this.#rule.ttlMs) return
      this.#dropOldest(now)
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#floor = this.#entries.at(-1)?.offset ?? this.#floor
    this.#entries = []
    this.#byKey = undefined
    this.bytes = 0
  }

  /** The floor of who must not see what is older than `ttlMs`. */
  floorFor(ttlMs: number, now: number): number {
    let floor = this.#floor
    if (ttlMs >= this.#rule.ttlMs) return floor
    for (const entry of this.#entries) {
      if (now - entry.at < ttlMs) break
      if (isMissed(entry, ttlMs)) floor = entry.offset
    }
    return floor
  }

  read({ since, limit, reverse = false, rule }: HistoryQuery, now: number): KeptPublication[] {
    const step = reverse ? -1 : 1
    const read: KeptPublication[] = []
    for (let index = this.#startOf(since?.offset, reverse); read.length < limit; index += step) {
      const entry = this.#entries[index]
      if (!entry) break
      const age = now - entry.at
      if (age < (entry.ttlMs ?? rule.ttlMs) && age < rule.ttlMs) {
        read.push({ offset: entry.offset, data: entry.data })
      }
    }
    return read
  }

  #startOf(since: number | undefined, reverse: boolean): number {
    if (reverse) return (since === undefined ? this.#entries.length : this.#indexOf(since)) - 1
    return since === undefined ? 0 : this.#indexOf(since + 1)
  }

  /** Of the first entry that has this offset or a higher one. */
  #indexOf(offset: number): number {
    let [from, to] = [0, this.#entries.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#entries[middle]?.offset ?? Infinity) < offset) from = middle + 1
      else to = middle
    }
    return from
  }

  #append(entry: Entry): void {
    // A list that grows from nothing makes room for many; most channels keep few.
    if (this.isEmpty) this.#entries = [entry]
    else this.#entries.push(entry)
    this.bytes += entry.bytes
    if (entry.key !== undefined) (this.#byKey ??= new Map()).set(entry.key, entry)
  }

  #makeRoomFor(key: string): void {
    const older = this.#byKey?.get(key)
    if (!older) return
    this.#entries.splice(this.#indexOf(older.offset), 1)
    this.#forget(older)
  }

  #dropOldest(now: number): void {
    const oldest = this.#entries.shift()
    if (!oldest) return
    this.#forget(oldest)
    if (isMissed(oldest, Math.min(now - oldest.at, this.#rule.ttlMs))) this.#floor = oldest.offset
  }

  #forget({ key, bytes }: Entry): void {
    this.bytes -= bytes
    if (key !== undefined) this.#byKey?.delete(key)
  }
}

/** Whether one that went at this age was still of use. */
function isMissed({ ttlMs }: Entry, age: number): boolean {
  return ttlMs === undefined || ttlMs > age
}

function toEntry(offset: number, { data, rule, ttlMs, key, now }: Addition): Entry {
  const isShorter = ttlMs !== undefined && ttlMs < rule.ttlMs
  const bytes = ENTRY_BYTES + Buffer.byteLength(data) + (key === undefined ? 0 : Buffer.byteLength(key))
  return { offset, data, at: now, ttlMs: isShorter ? ttlMs : undefined, key, bytes }
}
