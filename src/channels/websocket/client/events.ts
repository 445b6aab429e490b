/** What the client tells, and to whom. */
import type { PushMessage } from './message.ts'
import type { PushError } from './options.ts'

/**
 * - `waiting`: the line is lost; the next try comes by itself
 * - `failed`: the server refused for good (a bad token, a block); only `connect()` tries again
 * - `closed`: by `disconnect()`
 */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'waiting' | 'failed' | 'closed'

export interface PushState {
  readonly state: ConnectionState
  /** Why the line was lost: a close code, or the code of an error. */
  readonly code?: number | undefined
  readonly reason?: string | undefined
  /** While `waiting`: milliseconds to the next try. */
  readonly delayMs?: number
}

export interface PushFailure {
  readonly error: PushError
  /** What could not be subscribed to. */
  readonly channel?: string | undefined
  /** The message that a handler failed on: it is not acknowledged, unless you do so here. */
  readonly message?: PushMessage
}

export interface PushPresence {
  readonly channel: string
  readonly info: { readonly user: string; readonly client: string; readonly conn_info?: unknown }
}

export interface PushEvents {
  /** Every message of every channel. */
  message: PushMessage
  /** Messages of the channel were missed and cannot be had any more: load its state anew. */
  gap: { readonly channel: string }
  state: PushState
  error: PushFailure
  join: PushPresence
  leave: PushPresence
}

export type Listener<Payload> = (payload: Payload) => unknown
export type Listeners = { [Name in keyof PushEvents]?: Set<Listener<PushEvents[Name]>> }

/** @returns how to stop, which returns whether that was not done before */
export type On = <Name extends keyof PushEvents>(
  name: Name,
  listener: Listener<PushEvents[Name]>,
) => () => boolean

/**
 * Calls the listeners when the work at hand is done, so that what they do cannot get in its way.
 * @returns what they returned; nothing where one failed, which `error` tells
 */
export type Emit = <Name extends keyof PushEvents>(
  name: Name,
  payload: PushEvents[Name],
) => Promise<unknown[] | false | void>
