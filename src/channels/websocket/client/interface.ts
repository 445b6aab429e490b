/** What applications call. */
import type { ConnectionState, Listener, PushEvents, PushPresence } from './events.ts'
import type { History, HistoryOptions, PushContent, PushMessage } from './message.ts'
import type { PushClientOptions, Transport } from './options.ts'

/** What a client shows of itself. */
export interface Face {
  state: ConnectionState
  /** Of the line that is open, or being opened. */
  transport?: Transport | undefined
}

/**
 * Keeps a line to the server open and hands out what comes over it. `Channels` says what the messages of a topic carry
 * as `data`: `new PushClient<{ orders: { order: number } }>(url)`.
 */
export interface PushClient<Channels extends object = Record<string, unknown>> extends Readonly<Face> {
  /** Opens the line and keeps it open. Register handlers first: what comes while there is none is not acknowledged. */
  connect(): void
  /** Sends the acknowledgements that are due and closes; only `connect` opens again. */
  disconnect(): void
  /** @returns how to stop. Handlers run after the work at hand; what they throw is told by `error`. */
  on<Name extends keyof PushEvents>(name: Name, listener: Listener<PushEvents[Name]>): () => void
  /** Hears the topic's messages, now and after every reconnect. Where the server refuses, `error` tells. */
  subscribe<Topic extends keyof Channels & string>(
    topic: Topic,
    listener: Listener<PushMessage<Channels[Topic]>>,
  ): () => void
  /** @throws {PushError} where the server refuses, or there is no line; so do all that follow */
  history<Topic extends keyof Channels & string>(
    topic: Topic,
    options: HistoryOptions,
  ): Promise<History<Channels[Topic]>>
  /** Who is subscribed, by connection. */
  presence(topic: keyof Channels & string): Promise<Readonly<Record<string, PushPresence['info']>>>
  presenceStats(
    topic: keyof Channels & string,
  ): Promise<{ readonly num_clients: number; readonly num_users: number }>
  /** Calls the server's `onRpc`. */
  rpc(method: string, data?: unknown): Promise<unknown>
  /** Tells the sender that somebody saw the message. */
  seen(message: PushContent): Promise<unknown>
  /** Tells the sender that somebody followed the message. */
  clicked(message: PushContent): Promise<unknown>
}

export type PushClientClass = new <Channels extends object = Record<string, unknown>>(
  /** `wss://` and the server's path, without a query. */
  url: string,
  options?: PushClientOptions,
) => PushClient<Channels>
