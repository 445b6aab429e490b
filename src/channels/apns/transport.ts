/** What the driver needs of HTTP/2, so that the engine below can be replaced. */
import type { Certainty } from '../../core/failures.ts'

export interface PushRequest {
  /** Pseudo headers included. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface PushReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Cut off after 16 KB; always empty for status 200. */
  readonly body: string
}

/** A push that ended without a reply. `not_sent` only where APNs provably did not process it. */
export interface Loss {
  readonly delivery: Certainty
  readonly cause: Error
}

/** Told once: a reply or a loss. */
export interface StreamListener {
  replied(reply: PushReply): void
  lost(loss: Loss): void
}

export interface ConnectionListener {
  /** Streams may have become free. */
  changed(): void
  /** Takes no new pushes; those in flight go on. */
  draining(): void
  /** The last call. `cause` is absent after an orderly end. */
  closed(cause: Error | undefined): void
}

export interface Connection {
  /** Pushes it would take now: 0 until its first SETTINGS, and once it is draining. */
  readonly free: number
  /** Opens one stream. Call only while {@link free} is above 0; a throw means that nothing was sent. */
  open(request: PushRequest, listener: StreamListener): OpenStream
  /** APNs accepted our credentials on it: from now on only its SETTINGS limit the streams. */
  trust(): void
  /** Ends it once the pushes in flight are answered. */
  drain(): void
  destroy(cause: Error): void
}

export interface OpenStream {
  /** Resets the stream; its listener hears no more. Says whether APNs could have accepted the push. */
  cancel(): Certainty
}

export interface Transport {
  connect(listener: ConnectionListener): Connection
}
