/**
 * The protocol as the client reads it: Centrifugal v2, JSON encoding.
 * Source: https://centrifugal.dev/docs/transports/client_protocol (read 2026-11-25).
 */
import type { PushPresence } from './events.ts'

export interface Publication {
  readonly data?: object
  readonly offset?: number
}

/** Where a subscription begins, and what was missed since. */
export interface Subscription {
  readonly offset?: number
  readonly epoch?: string
  readonly was_recovering?: boolean
  readonly recovered?: boolean
  readonly publications?: readonly Publication[]
}

export interface Welcome {
  /** Seconds between pings. */
  readonly ping?: number
  /** Pings want an answer. */
  readonly pong?: boolean
  /** Seconds until the token expires. */
  readonly ttl?: number
  /** Over server-sent events: for requests beside the stream. */
  readonly session?: string
  readonly subs?: Readonly<Record<string, Subscription>>
}

/** A close has a reason, an error a message. */
export interface Ending {
  readonly code?: number | undefined
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

export interface Push {
  readonly channel: string
  readonly pub?: Publication
  readonly subscribe?: Subscription
  readonly unsubscribe?: { readonly code: number; readonly reason: string }
  readonly disconnect?: Ending
  readonly join?: Pick<PushPresence, 'info'>
  readonly leave?: Pick<PushPresence, 'info'>
}

export interface WireError {
  readonly code?: number
  readonly message: string
  readonly temporary?: boolean
}

export interface Reply {
  readonly id?: number | undefined
  readonly error?: WireError
  readonly connect?: Welcome
  readonly push?: Push
  readonly subscribe?: Subscription
  readonly refresh?: { readonly ttl?: number }
  readonly history?: { readonly publications?: readonly Publication[]; offset: number; epoch: string }
  readonly presence?: { readonly presence: Readonly<Record<string, PushPresence['info']>> }
  readonly presence_stats?: { readonly num_clients: number; readonly num_users: number }
  readonly rpc?: { readonly data?: unknown }
}

/** One command by its name, such as `{ subscribe: { channel: 'orders' } }`. */
export type Command = Readonly<Record<string, object>>

/** The channel, an offset and its epoch. */
export type Ack = readonly [channel: string, offset: number, epoch: string]

/** Sends a command. `done` is called once: with the answer, or with the end of the line. */
export type Call = (command: Command, done: (reply: Reply) => void) => void
