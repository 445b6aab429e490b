/** Messages as an application sees them. */

/** What was sent. */
export interface PushContent<Data = unknown> {
  /** `#` and the user's id, a topic, or `@all`. */
  readonly channel: string
  /** The same for every device, and for every try under one idempotency key. */
  readonly id: string
  readonly type: string
  readonly title?: string
  readonly body?: string
  readonly url?: string
  readonly data: Data
  /** A newer message with the same key has taken the place of older ones. */
  readonly key?: string
  /** Epoch milliseconds, after which it is of no use. */
  readonly exp?: number
  /** Its place in the channel. Absent where the channel keeps no history. */
  readonly offset?: number
  /** The life of the channel's history that `offset` counts in. */
  readonly epoch?: string
}

export interface PushMessage<Data = unknown> extends PushContent<Data> {
  /** Says that this message is done with. Safe to call twice, and while there is no connection. */
  ack(): void
}

/** A place in a channel's history. */
export interface Position {
  readonly offset: number
  readonly epoch: string
}

export interface HistoryOptions {
  readonly limit: number
  /** Only what came after it; before it where `reverse` is set. */
  readonly since?: Position
  /** The newest first. @default false */
  readonly reverse?: boolean
}

export interface History<Data = unknown> extends Position {
  readonly messages: readonly PushContent<Data>[]
}
