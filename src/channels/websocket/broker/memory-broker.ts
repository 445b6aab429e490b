/** Keeps and carries publications within one process; what every node without a broker of its own has. */
import type { Clock } from '../../../core/clock.ts'
import { NotifyError } from '../../../core/errors.ts'
import type {
  Acknowledgement,
  BrokerEvents,
  History,
  HistoryQuery,
  Position,
  PresenceStats,
  PresentClient,
  Publication,
  Published,
  PublishOptions,
  PushBroker,
} from '../../../core/push-broker.ts'
import { KeptTexts } from './kept-texts.ts'
import { MemoryPresence } from './memory-presence.ts'
import { MemoryStreams } from './memory-streams.ts'
import { RecentIds } from './recent-ids.ts'

export interface MemoryBrokerOptions {
  readonly clock: Clock
  /**
   * What all that is kept may take, in bytes: beyond it, the channel used least lately loses what it kept, which those
   * who come back to it are told. @default 64 MiB
   */
  readonly maxBytes?: number | undefined
}

/** Of one node. No method waits: what it tells of has been told when it returns. */
export class MemoryBroker implements PushBroker {
  readonly #clock: Clock
  readonly #streams: MemoryStreams
  readonly #ids = new RecentIds()
  readonly #presence = new MemoryPresence()
  readonly #texts = new KeptTexts()
  readonly #subscribed = new Set<string>()
  /** How often each channel is watched. */
  readonly #watched = new Map<string, number>()
  #node: string | undefined
  #events: BrokerEvents | undefined
  #isClosed = false

  constructor({ clock, maxBytes = 64 * 1_024 * 1_024 }: MemoryBrokerOptions) {
    this.#clock = clock
    this.#streams = new MemoryStreams(maxBytes)
  }

  /** @throws {NotifyError} INVALID_CONFIG, where it has a node already; CLOSED, after {@link close} */
  start(node: string, events: BrokerEvents): void {
    this.#requireOpen()
    if (this.#events)
      throw new NotifyError('INVALID_CONFIG', 'A memory broker serves one WebSocket driver only')
    this.#node = node
    this.#events = events
  }

  /** @throws {NotifyError} CLOSED, after {@link close} */
  publish(channel: string, data: string, options: PublishOptions = {}): Published {
    this.#requireOpen()
    const now = this.#clock.monotonic()
    this.#ids.forget(now)
    const idKey = idKeyOf(channel, options.id)
    const again = this.#ids.get(idKey, now)
    if (again) return again
    const { history: rule, ttlMs, key, kind = 'pub', meta } = options
    const position = rule && this.#streams.add(channel, { data, rule, ttlMs, key, now })
    const isWanted = this.#subscribed.has(channel)
    const published = { position, nodes: isWanted ? 1 : 0, isDuplicate: false }
    this.#ids.set(idKey, published, now)
    const connections = isWanted ? this.#tell({ channel, kind, data, position, meta }) : 0
    // What nobody has and nobody will may be published again.
    if (!position && connections === 0) this.#ids.delete(idKey)
    return { ...published, connections }
  }

  subscribe(channels: readonly string[]): void {
    this.#requireOpen()
    for (const channel of channels) this.#subscribed.add(channel)
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) this.#subscribed.delete(channel)
  }

  history(channel: string, query: HistoryQuery): History {
    this.#requireOpen()
    return this.#streams.history(channel, query, this.#clock.monotonic())
  }

  acknowledge(acknowledgement: Acknowledgement, ttlMs: number): Position | undefined {
    this.#requireOpen()
    const position = this.#streams.acknowledge(acknowledgement, ttlMs, this.#clock.monotonic())
    const { channel, device } = acknowledgement
    if (position && this.#watched.has(channel)) this.#events?.acknowledged({ channel, device, position })
    return position
  }

  cursor(channel: string, device?: string): Position | undefined {
    this.#requireOpen()
    return this.#streams.cursor(channel, device, this.#clock.monotonic())
  }

  watch(channel: string): void {
    this.#requireOpen()
    this.#watched.set(channel, (this.#watched.get(channel) ?? 0) + 1)
  }

  unwatch(channel: string): void {
    const times = (this.#watched.get(channel) ?? 0) - 1
    if (times > 0) this.#watched.set(channel, times)
    else this.#watched.delete(channel)
  }

  enter(channel: string, clients: readonly PresentClient[], ttlMs: number): void {
    this.#requireOpen()
    const now = this.#clock.monotonic()
    this.#presence.enter(channel, { clients, endsAt: now + ttlMs, now })
  }

  leave(channel: string, client: string): void {
    this.#presence.leave(channel, client)
  }

  present(channel: string): readonly PresentClient[] {
    this.#requireOpen()
    return this.#presence.present(channel, this.#clock.monotonic())
  }

  presence(channel: string): PresenceStats {
    this.#requireOpen()
    return this.#presence.stats(channel, this.#clock.monotonic())
  }

  control(message: string, node?: string): number {
    this.#requireOpen()
    if (!this.#events || (node !== undefined && node !== this.#node)) return 0
    this.#events.control(message)
    return 1
  }

  keep(id: string, text: string, ttlMs: number): void {
    this.#requireOpen()
    const now = this.#clock.monotonic()
    this.#texts.keep(id, { text, endsAt: now + ttlMs }, now)
  }

  read(id: string): string | undefined {
    this.#requireOpen()
    return this.#texts.read(id, this.#clock.monotonic())
  }

  take(id: string): string | undefined {
    this.#requireOpen()
    return this.#texts.take(id, this.#clock.monotonic())
  }

  close(): void {
    this.#isClosed = true
    this.#events = undefined
    this.#subscribed.clear()
    this.#watched.clear()
    this.#streams.clear()
    this.#ids.clear()
    this.#presence.clear()
    this.#texts.clear()
  }

  #tell(publication: Publication): number {
    return this.#events?.publication(publication) ?? 0
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new NotifyError('CLOSED', 'The push broker is closed')
  }
}

/** A channel's name has no line break. */
function idKeyOf(channel: string, id: string | undefined): string | undefined {
  return id === undefined ? undefined : `${channel}\n${id}`
}
