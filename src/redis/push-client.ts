/** What the broker asks of the user's own `ioredis`, 5 or 6, beyond what the stores do. */
import { isRedisLike, type IoredisLike } from './client.ts'

/** A connection for subscriptions alone. */
export interface PushConnection {
  readonly status: string
  connect(): Promise<void>
  disconnect(): void
  ping(): Promise<unknown>
  subscribe(...names: string[]): Promise<unknown>
  unsubscribe(...names: string[]): Promise<unknown>
  ssubscribe(...names: string[]): Promise<unknown>
  sunsubscribe(...names: string[]): Promise<unknown>
  on(event: string, listener: (...args: string[]) => void): unknown
}

interface Names {
  readonly keyPrefix?: string | undefined
  readonly db?: number | undefined
}

/** A `Redis`, which may be found through Sentinel. */
export interface PushRedis extends IoredisLike {
  readonly options: Names
  duplicate(override: object): PushConnection
}

/** One server of a cluster, as `Cluster` keeps it. */
export interface PushClusterNode {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined }
  duplicate(override: object): PushConnection
}

/** A `Cluster`. */
export interface PushCluster extends IoredisLike {
  readonly options: Names
  /** By slot the servers that have it, the master first. */
  readonly slots: readonly (readonly string[])[]
  nodes(role: 'master'): readonly PushClusterNode[]
}

/** A client of `ioredis` that stays the caller's to close. */
export type PushClient = PushRedis | PushCluster

export function isPushClient(value: unknown): value is PushClient {
  if (!isRedisLike(value) || 'evalSha' in value) return false
  const { duplicate, options } = value as Partial<PushRedis>
  return typeof duplicate === 'function' && typeof options === 'object'
}

export function isPushCluster(client: PushClient): client is PushCluster {
  return 'nodes' in client && typeof client.nodes === 'function'
}

/**
 * What a connection for subscriptions must not do by itself. `ioredis` would subscribe again without a word to anybody,
 * and not to what is wanted by then; its queues would hold commands for a connection that is no more; and it may give
 * up for ever, as the caller's `retryStrategy` likes. So each of these connections lives once, and another one follows.
 */
export const SUBSCRIBER_OPTIONS = {
  lazyConnect: true,
  retryStrategy: null,
  reconnectOnError: null,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  enableAutoPipelining: false,
  enableReadyCheck: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  readOnly: false,
  monitor: false,
  // Names are made whole by us: in a Lua script nobody would add it.
  keyPrefix: '',
} as const
