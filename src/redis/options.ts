/** The options of the stores in Redis, and their checks. */
import {
  expecting,
  isClock,
  issuesOfEach,
  kindOf,
  milliseconds,
  type Check,
  type Checks,
} from '../core/checks.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Issue } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'
import { issuesOfSuppressionTtl, type SuppressionTtl } from '../core/suppression-ttl.ts'
import { isRedisLike, type RedisLike } from './client.ts'
import { isPushClient, type PushClient } from './push-client.ts'

export interface RedisStoreOptions {
  /** What every key in Redis begins with: what is to be kept apart needs another. @default 'notiwire:' */
  readonly prefix?: string | undefined
  /** Milliseconds to wait for Redis before the store fails. @default 1_000 */
  readonly timeoutMs?: number | undefined
  /** Where the time for `timeoutMs` comes from; for tests. What is stored goes by the clock of Redis. */
  readonly clock?: Clock | undefined
}

export interface RedisSuppressionsOptions extends RedisStoreOptions {
  /** How long an address is remembered, by the reason. */
  readonly ttlMs?: SuppressionTtl | undefined
}

/** With defaults filled in. */
export interface StoreSettings<Client = RedisLike> {
  readonly client: Client
  readonly prefix: string
  readonly timeoutMs: number
  readonly clock: Clock
}

const CHECKS: Checks = {
  prefix: expecting('a string', (value) => typeof value === 'string'),
  timeoutMs: milliseconds,
  clock: expecting('a Clock', isClock),
}

const SUPPRESSION_CHECKS: Checks = {
  ...CHECKS,
  ttlMs: (value, name) => issuesOfSuppressionTtl(name, value),
}

const BROKER_CHECKS: Checks = {
  ...CHECKS,
  // With nothing between the first braces Redis Cluster would take no notice of those that come after.
  prefix: expecting('a string without {}', (value) => typeof value === 'string' && !value.includes('{}')),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is none */
export function readOptions(client: RedisLike, options: RedisStoreOptions): StoreSettings {
  return { client, ...read(options, CHECKS, redisClient(client)) }
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is none */
export function readSuppressionsOptions(client: RedisLike, options: RedisSuppressionsOptions): StoreSettings {
  return { client, ...read(options, SUPPRESSION_CHECKS, redisClient(client)) }
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is not of `ioredis` */
export function readBrokerOptions(client: PushClient, options: RedisStoreOptions): StoreSettings<PushClient> {
  return { client, ...read(options, BROKER_CHECKS, pushClient(client)) }
}

/** @param wrongClient what is wrong with the client */
function read(options: RedisStoreOptions, checks: Checks, wrongClient: string | undefined) {
  const ofClient = wrongClient === undefined ? [] : [{ path: 'client', message: wrongClient }]
  const issues = [...ofClient, ...issuesOf(options, checks)]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const { prefix = 'notiwire:', timeoutMs = 1_000, clock = systemClock } = options
  return { prefix, timeoutMs, clock }
}

const redisClient: Check = expecting('a client of ioredis or redis', isRedisLike)

const pushClient: Check = (client) => {
  if (isPushClient(client)) return undefined
  const received = isRedisLike(client) && 'evalSha' in client ? 'a client of redis' : kindOf(client)
  return `expected a Redis or Cluster of ioredis, received ${received}`
}

function issuesOf(options: unknown, checks: Checks): Issue[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [{ path: '', message: `expected an object of options, received ${kindOf(options)}` }]
  }
  return issuesOfEach(options, checks)
}
