/** What every provider's fake can be told to do, so that tests and the sandbox use all of them alike. */

/**
 * A way to fail that is not a refusal.
 * - `unreachable`: the connection is reset before anything could be taken
 * - `stall`: takes the whole message, keeps nothing, never answers
 * - `reset`: takes the whole message, keeps nothing, resets the connection
 * - `stall_accepted`: takes and keeps the message, never answers
 * - `reset_accepted`: takes and keeps the message, then resets the connection
 * - `garbage`: takes the whole message, keeps nothing, answers what is not the protocol
 */
export type FakeFault = 'unreachable' | 'stall' | 'reset' | 'stall_accepted' | 'reset_accepted' | 'garbage'

/** A provider's own protocol, spoken on 127.0.0.1. */
export interface ProviderFake<Accepted = unknown> extends AsyncDisposable {
  /** What the provider accepted, oldest first, as its recipient would get it. */
  readonly accepted: readonly Accepted[]
  /** Connections open now. */
  readonly connections: number
  /** Fails the next message this way, once. Resolves when it has happened. */
  failNext(fault: FakeFault): Promise<void>
  /** Stops listening and drops every connection. Safe to call twice. */
  close(): Promise<void>
}
