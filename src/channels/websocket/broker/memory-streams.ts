/** The histories of all channels, within one limit of memory. */
import { randomBytes } from 'node:crypto'
import type {
  Acknowledgement,
  History,
  HistoryQuery,
  HistoryRule,
  Position,
} from '../../../core/push-broker.ts'
import type { Addition, KeptPublications } from './kept-publications.ts'
import { MemoryStream } from './memory-stream.ts'
import { sweep } from './sweep.ts'
import { UseOrder } from './use-order.ts'

export class MemoryStreams {
  readonly #streams = new Map<string, MemoryStream>()
  readonly #used = new UseOrder<KeptPublications>()
  readonly #maxBytes: number
  readonly #sweep = sweep(() => this.#walk())
  /** With a number behind it, unlike any epoch of this process or another. */
  readonly #epochStart = randomBytes(8).toString('base64url')
  #lives = 0
  #bytes = 0
  #now = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What all that is kept takes, roughly. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many channels are remembered. */
  get size(): number {
    return this.#streams.size
  }

  add(channel: string, addition: Addition): Position {
    const stream = this.#openStream(channel, addition.rule, addition.now)
    const epoch = this.#epochOf(stream)
    const before = stream.kept?.bytes ?? 0
    const offset = stream.add(addition, epoch)
    this.#account(stream, before)
    this.#makeRoom()
    return { offset, epoch }
  }

  history(channel: string, query: HistoryQuery, now: number): History {
    const stream = this.#openStream(channel, query.rule, now)
    return stream.history(query, { epoch: this.#epochOf(stream), now })
  }

  acknowledge(acknowledgement: Acknowledgement, ttlMs: number, now: number): Position | undefined {
    const stream = this.#find(acknowledgement.channel, now)
    if (!stream || this.#epochOf(stream) !== acknowledgement.position.epoch) return undefined
    stream.use(ttlMs, now)
    const offset = stream.acknowledge(acknowledgement, { now, endsAt: now + ttlMs })
    return { offset, epoch: acknowledgement.position.epoch }
  }

  cursor(channel: string, device: string | undefined, now: number): Position | undefined {
    const stream = this.#find(channel, now)
    const offset = stream?.cursor(device, now)
    return stream && offset !== undefined ? { offset, epoch: this.#epochOf(stream) } : undefined
  }

  clear(): void {
    for (const [channel, stream] of this.#streams) this.#forget(channel, stream)
  }

  #epochOf({ kept, life }: MemoryStream): string {
    return kept?.epoch ?? `${this.#epochStart}${life.toString(36)}`
  }

  /** The channel's stream, made now where there is none. */
  #openStream(channel: string, { ttlMs }: HistoryRule, now: number): MemoryStream {
    this.#now = now
    // Two for each that comes: then what is over is never more than what is not.
    this.#sweep(2)
    const known = this.#find(channel, now)
    const stream = known ?? new MemoryStream((this.#lives += 1))
    if (!known) this.#streams.set(channel, stream)
    stream.use(ttlMs, now)
    this.#trim(stream, now)
    if (stream.kept) this.#used.touch(stream.kept)
    return stream
  }

  #find(channel: string, now: number): MemoryStream | undefined {
    const stream = this.#streams.get(channel)
    if (!stream?.isOver(now)) return stream
    this.#forget(channel, stream)
    return undefined
  }

  #forget(channel: string, stream: MemoryStream): void {
    const { kept } = stream
    if (kept) {
      this.#bytes -= kept.bytes
      this.#used.remove(kept)
    }
    this.#streams.delete(channel)
  }

  #trim(stream: MemoryStream, now: number): void {
    const { kept } = stream
    if (!kept) return
    const before = kept.bytes
    stream.trim(now)
    this.#bytes += kept.bytes - before
    if (!stream.kept) this.#used.remove(kept)
  }

  #account({ kept }: MemoryStream, before: number): void {
    if (!kept) return
    this.#bytes += kept.bytes - before
    this.#used.touch(kept)
  }

  #makeRoom(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#used.oldest
      if (!oldest) return
      this.#bytes -= oldest.bytes
      this.#used.remove(oldest)
      oldest.clear()
    }
  }

  *#walk(): Generator<void> {
    for (const [channel, stream] of this.#streams) {
      if (stream.isOver(this.#now)) this.#forget(channel, stream)
      else this.#trim(stream, this.#now)
      yield
    }
  }
}
