/** The contract of what carries publications between nodes, and keeps them for those who are away. */

/** Where a subscriber is in a channel's history. */
export interface Position {
  /** Number of the last publication it has; the first is 1, and each is one more. */
  readonly offset: number
  /** Names one life of the history. Offsets of another life say nothing. */
  readonly epoch: string
}

export interface HistoryRule {
  /** How many publications are kept. */
  readonly size: number
  /** For how long each is kept, in milliseconds. */
  readonly ttlMs: number
}

/** What subscribers are told: a message, or that somebody came or went. */
export type PublicationKind = 'pub' | 'join' | 'leave'

export interface PublishOptions {
  /** Keep it for those who are away. @default nothing is kept, and the publication has no offset */
  readonly history?: HistoryRule | undefined
  /** Milliseconds after which this one is of no use to those who were away. @default the rule's `ttlMs` */
  readonly ttlMs?: number | undefined
  /** Takes the place of what is kept under the same key in this channel. */
  readonly key?: string | undefined
  /** A second publication in one channel under one id within {@link ID_TTL_MS} is none: the first one's answer is given again. What nobody was told of and nobody will be has not been published. */
  readonly id?: string | undefined
  /** @default 'pub' */
  readonly kind?: PublicationKind | undefined
  /** Handed to every node beside the data, as it is. */
  readonly meta?: string | undefined
}

/** How long an id is remembered at least, in milliseconds. */
export const ID_TTL_MS = 300_000

export interface Published {
  /** Absent where nothing is kept. */
  readonly position?: Position | undefined
  /** How many nodes were told; null where that cannot be known. 0: nobody is subscribed anywhere. */
  readonly nodes: number | null
  /** Connections that it was queued to, where all there are belong to this process. */
  readonly connections?: number | undefined
  /** Whether its id had been published before; then nothing was done. */
  readonly isDuplicate: boolean
}

/** One publication as it reaches a node. */
export interface Publication {
  readonly channel: string
  readonly kind: PublicationKind
  /** JSON text. */
  readonly data: string
  /** Absent where nothing is kept. */
  readonly position?: Position | undefined
  readonly meta?: string | undefined
}

/** One publication that was kept. */
export interface KeptPublication {
  readonly offset: number
  /** JSON text. */
  readonly data: string
}

export interface HistoryQuery {
  /** Only what came after it. @default the oldest kept */
  readonly since?: Position | undefined
  /** At most so many, the first that match. 0 asks for the position only. */
  readonly limit: number
  /** Newest first, and before `since`. @default false */
  readonly reverse?: boolean | undefined
  /** How long the channel's life lasts at least if it begins now, and what is too old to be shown: that is hidden, not lost. */
  readonly rule: HistoryRule
}

export interface History {
  /** Of the newest publication; offset 0 where there was none yet. */
  readonly position: Position
  /** By offset. One whose key was taken by a newer, or whose own time is over, is left out. */
  readonly publications: readonly KeptPublication[]
  /**
   * Whether everything after `since` (or since the channel began) is kept: false where the size or the age pushed
   * something out, where the epoch is another, or where `since` is ahead. `limit` has no part in it.
   */
  readonly isComplete: boolean
}

export interface Acknowledgement {
  readonly channel: string
  readonly device: string
  readonly position: Position
}

export interface PresentClient {
  readonly client: string
  readonly user: string
}

export interface PresenceStats {
  readonly clients: number
  readonly users: number
}

/** What a broker tells its node. Called in the order things happened, per channel. */
export interface BrokerEvents {
  /** @returns to how many connections of the node it was queued, for a broker in the same process */
  publication(publication: Publication): number
  /** Somebody acknowledged in a channel that is watched. */
  acknowledged(acknowledgement: Acknowledgement): void
  /** Another node, or this one, sent a control message to this node or to all. */
  control(message: string): void
  /** The line to others was down and is up again, subscriptions included: some publications may have been missed. */
  resumed(): void
  /** Something failed that no call could be told of. */
  failed(error: unknown): void
}

type Awaitable<T> = T | Promise<T>

/**
 * Every method may fail with a NotifyError UNAVAILABLE. That of `publish` says `delivery: 'unknown'` where the
 * publication could have gone out all the same; with an id it is safe to publish it again.
 */
export interface PushBroker {
  /** Called once, before anything else but `publish`. `node` is a name that no other node has. */
  start(node: string, events: BrokerEvents): Awaitable<void>
  publish(channel: string, data: string, options?: PublishOptions): Awaitable<Published>
  /** Resolves when publications from now on will come. Asking again for a channel does no harm. */
  subscribe(channels: readonly string[]): Awaitable<void>
  /** Resolves when none will come any more. */
  unsubscribe(channels: readonly string[]): Awaitable<void>
  history(channel: string, query: HistoryQuery): Awaitable<History>
  /**
   * Moves the device's cursor forward, never back. Another epoch is ignored; an offset ahead of the channel counts as its
   * newest. The cursor is kept for `ttlMs` after the last one. @returns where it is now; undefined where the epoch was another
   */
  acknowledge(acknowledgement: Acknowledgement, ttlMs: number): Awaitable<Position | undefined>
  /** How far the device, or where none is named the foremost of all devices, has acknowledged in this epoch. */
  cursor(channel: string, device?: string): Awaitable<Position | undefined>
  /** Tells of acknowledgements in the channel from now on, until it is unwatched as often as it was watched. */
  watch(channel: string): Awaitable<void>
  unwatch(channel: string): Awaitable<void>
  /** Adds, or renews for `ttlMs`. */
  enter(channel: string, clients: readonly PresentClient[], ttlMs: number): Awaitable<void>
  leave(channel: string, client: string): Awaitable<void>
  present(channel: string): Awaitable<readonly PresentClient[]>
  presence(channel: string): Awaitable<PresenceStats>
  /** To one node, or to every node, the sender included, where none is named. @returns how many were told, or null */
  control(message: string, node?: string): Awaitable<number | null>
  /** Keeps a text under an id that must be hard to guess. */
  keep(id: string, text: string, ttlMs: number): Awaitable<void>
  /** Gives the text; `take` also forgets it, so that of two who ask at once one gets it. */
  read(id: string): Awaitable<string | undefined>
  take(id: string): Awaitable<string | undefined>
  /** Safe to call twice. */
  close(): Awaitable<void>
}
