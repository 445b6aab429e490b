/** What the fake keeps as a server's memory broker does: history, idempotency keys, presence. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { remember } from '../../../core/fake.ts'
import type { Position } from '../../../core/push-broker.ts'

/** Options of a namespace, by what the server's configuration calls `presence`, `history_size` and `history_ttl`. */
export interface FakeNamespace {
  readonly presence?: boolean
  /** @default 0, which keeps nothing */
  readonly historySize?: number
  readonly historyTtlMs?: number
}

export interface FakeCentrifugoPublication {
  readonly channel: string
  /** As clients receive it. */
  readonly data: unknown
  readonly tags?: Readonly<Record<string, string>>
  /** Present where the channel's history keeps it. */
  readonly position?: Position
}

export interface FakePublish {
  readonly data: unknown
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly isKept: boolean
  readonly idempotencyKey: string | undefined
}

interface Kept {
  readonly publication: FakeCentrifugoPublication
  readonly until: number
}

interface Stream {
  readonly epoch: string
  offset: number
  kept: readonly Kept[]
}

/** Source: https://centrifugal.dev/docs/server/server_api#publishrequest (read 2026-11-26). */
const IDEMPOTENT_RESULT_MS = 300_000

export class FakeBroker {
  /** What was published, duplicates left out, oldest first. */
  readonly publications: FakeCentrifugoPublication[] = []
  readonly #clock: Clock
  readonly #streams = new Map<string, Stream>()
  readonly #results = new Map<string, { readonly position: Position | undefined; readonly until: number }>()
  readonly #clients = new Map<string, { readonly channel: string; readonly user: string }>()

  readonly #maxAccepted: number | undefined

  constructor(clock: Clock, maxAccepted?: number) {
    this.#clock = clock
    this.#maxAccepted = maxAccepted
  }

  /** @returns where it is kept; of a key that was used within 5 minutes, what was returned then */
  publish(channel: string, publish: FakePublish, options: FakeNamespace): Position | undefined {
    const { idempotencyKey } = publish
    if (!idempotencyKey) return this.#add(channel, publish, options)
    const name = `${channel}_${idempotencyKey}`
    const first = this.#results.get(name)
    if (first && first.until > this.#clock.now()) return first.position
    const position = this.#add(channel, publish, options)
    this.#results.set(name, { position, until: this.#clock.now() + IDEMPOTENT_RESULT_MS })
    return position
  }

  /** What is kept and not too old, oldest first. */
  history(channel: string): readonly FakeCentrifugoPublication[] {
    const now = this.#clock.now()
    const kept = this.#streams.get(channel)?.kept ?? []
    return kept.filter(({ until }) => until > now).map(({ publication }) => publication)
  }

  position(channel: string): Position {
    const { offset, epoch } = this.#streamOf(channel)
    return { offset, epoch }
  }

  enter(client: string, channel: string, user: string): void {
    this.#clients.set(client, { channel, user })
  }

  leave(client: string): void {
    this.#clients.delete(client)
  }

  present(channel: string): { readonly client: string; readonly user: string }[] {
    return [...this.#clients]
      .filter(([, entry]) => entry.channel === channel)
      .map(([client, { user }]) => ({ client, user }))
  }

  /** Ends every connection of the user. */
  disconnect(user: string): void {
    for (const [client, entry] of this.#clients) if (entry.user === user) this.#clients.delete(client)
  }

  get counts(): { readonly clients: number; readonly users: number; readonly channels: number } {
    const entries = [...this.#clients.values()]
    const users = new Set(entries.map(({ user }) => user)).size
    const channels = new Set(entries.map(({ channel }) => channel)).size
    return { clients: entries.length, users, channels }
  }

  #add(channel: string, { data, tags, isKept }: FakePublish, options: FakeNamespace): Position | undefined {
    const { historySize = 0, historyTtlMs = 0 } = options
    const publication = { channel, data, ...(tags && { tags }) }
    if (!isKept || historySize <= 0 || historyTtlMs <= 0) {
      remember(this.publications, [publication], this.#maxAccepted)
      return undefined
    }
    const stream = this.#streamOf(channel)
    const position = { offset: ++stream.offset, epoch: stream.epoch }
    const entry = { publication: { ...publication, position }, until: this.#clock.now() + historyTtlMs }
    stream.kept = [...stream.kept, entry].slice(-historySize)
    this.publications.push(entry.publication)
    return position
  }

  #streamOf(channel: string): Stream {
    const stream = this.#streams.get(channel) ?? {
      epoch: randomBytes(2).toString('hex'),
      offset: 0,
      kept: [],
    }
    this.#streams.set(channel, stream)
    return stream
  }
}
