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
  /** The token's `jti`, to end the connections of one token by. */
  readonly tokenId?: string | undefined
}

/** Answers null for somebody who may not connect. What it throws ends the connection as an internal error. */
export type Authenticate = (credentials: Credentials) => Identity | null | Promise<Identity | null>

export interface ChannelRequest {
  readonly user: string
  readonly channel: string
  /** Whatever the client sent with the subscription. Unchecked. */
  readonly data: unknown
}

/** `expiresAt`, in epoch milliseconds: the subscription ends soon after, unless the client renews it. */
export type ChannelPermission = boolean | { readonly expiresAt: number }

export type AuthorizeChannel = (request: ChannelRequest) => ChannelPermission | Promise<ChannelPermission>

/** Asked of everybody who shows a valid token. True turns them away. */
export type IsRevoked = (identity: Identity) => boolean | Promise<boolean>

export interface RpcRequest {
  readonly client: string
  readonly user: string
  readonly method: string
  /** Whatever the client sent. Unchecked. */
  readonly data: unknown
}

/** What it answers goes to the client as JSON. What it throws ends the connection as an internal error. */
export type OnRpc = (request: RpcRequest) => unknown

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

/** A client has what it was told, in this channel up to this offset. */
export interface AcknowledgementEvent {
  readonly client: string
  readonly user: string
  /** As the client calls it; empty where it does not. */
  readonly device: string
  readonly channel: string
  readonly offset: number
}

/** Somebody looked at one message, or followed it. */
export interface EngagementEvent extends AcknowledgementEvent {
  readonly type: 'seen' | 'clicked'
  /** The id of the message: `providerId` of the receipt. */
  readonly messageId: string
}
