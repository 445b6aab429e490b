/** One channel's history: a life, how far it has come, what is kept of it, and who has acknowledged. */
import type { Acknowledgement, History, HistoryQuery } from '../../../core/push-broker.ts'
import { KeptPublications, type Addition } from './kept-publications.ts'
import { MemoryCursors } from './memory-cursors.ts'

/** How long a channel's life lasts at least after its last use. */
const IDLE_MS = 7 * 24 * 3_600_000

/** There may be one for every user who was ever here: it holds nothing before that is needed. */
export class MemoryStream {
  /** Which life it is of those that began in this process. */
  readonly life: number
  /** The newest publication's offset. */
  #top = 0
  /** While nothing is kept, the newest publication that would be missed. */
  #floor = 0
  /** In whole seconds, which take less memory than a fraction. */
  #endsAtSeconds = 0
  #kept: KeptPublications | undefined
  #cursors: MemoryCursors | undefined

  constructor(life: number) {
    this.life = life
  }

  /** What is kept, where anything was. */
  get kept(): KeptPublications | undefined {
    return this.#kept
  }

  /** Whether it has not been used for so long that it is to be forgotten. */
  isOver(now: number): boolean {
    return this.#endsAtSeconds * 1_000 <= now
  }

  /** Lets its life last longer. */
  use(ttlMs: number, now: number): void {
    const endsAtSeconds = Math.ceil((now + Math.max(ttlMs, IDLE_MS)) / 1_000)
    if (endsAtSeconds > this.#endsAtSeconds) this.#endsAtSeconds = endsAtSeconds
  }

  /** @returns its offset */
  add(addition: Addition, epoch: string): number {
    this.#top += 1
    this.#kept ??= new KeptPublications(epoch, this.#floor, addition.rule)
    this.#kept.add(this.#top, addition)
    return this.#top
  }

  /** Drops what is too old. */
  trim(now: number): void {
    this.#kept?.trim(now)
    if (!this.#kept?.isEmpty) return
    this.#floor = this.#kept.floor
    this.#kept = undefined
  }

  history(query: HistoryQuery, { epoch, now }: { epoch: string; now: number }): History {
    const { since, rule } = query
    const position = { offset: this.#top, epoch }
    if (since && (since.epoch !== epoch || since.offset > this.#top)) {
      return { position, publications: [], isComplete: false }
    }
    const floor = this.#kept?.floorFor(rule.ttlMs, now) ?? this.#floor
    return {
      position,
      publications: this.#kept?.read(query, now) ?? [],
      isComplete: (since?.offset ?? 0) >= floor,
    }
  }

  /** @returns where the device's cursor is now */
  acknowledge(
    { device, position }: Acknowledgement,
    { now, endsAt }: { now: number; endsAt: number },
  ): number {
    this.#cursors ??= new MemoryCursors()
    const offset = Math.min(position.offset, this.#top)
    return this.#cursors.acknowledge({ device, offset, endsAt }, now)
  }

  /** Where the device's cursor is, or that of the foremost. */
  cursor(device: string | undefined, now: number): number | undefined {
    return device === undefined ? this.#cursors?.foremost(now) : this.#cursors?.offsetOf(device, now)
  }
}
