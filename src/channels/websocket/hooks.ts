/** What the caller's functions are given, and what they answer. */
import type { IncomingHttpHeaders } from 'node:http'

/** What a client shows when it connects. */
export interface Credentials {
  readonly token: string | undefined
  /** Whatever the client sent beside the token. Unchecked. */
  readonly data: unknown
  /** Of the upgrade request. Cookies come from any page unless `origins` says otherwise. */
  readonly headers: IncomingHttpHeaders
  readonly ip: string
}

/** Who is connecting. */
export interface Identity {
  readonly user: string
  /** Topics the server subscribes the connection to. */
  readonly channels?: readonly string[] | undefined
  /** Epoch milliseconds; the connection ends soon after. */
  readonly expiresAt?: number | undefined
}

/** Answers null for somebody who may not connect. What it throws ends the connection as an internal error. */
export type Authenticate = (credentials: Credentials) => Identity | null | Promise<Identity | null>

export interface ChannelRequest {
  readonly user: string
  readonly channel: string
  /** Whatever the client sent with the subscription. Unchecked. */
  readonly data: unknown
}

export type AuthorizeChannel = (request: ChannelRequest) => boolean | Promise<boolean>

export interface ConnectionEvent {
  /** Of the connection, as the client knows it too. */
  readonly client: string
  readonly user: string
  readonly ip: string
}

export interface DisconnectionEvent extends ConnectionEvent {
  /** A close code: the server's own reason, otherwise what the peer gave. */
  readonly code: number
  readonly reason: string
}
