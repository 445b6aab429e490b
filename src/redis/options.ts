/** The options of the stores in Redis, and their checks. */
import { MAX_DELAY_MS, systemClock, type Clock } from '../core/clock.ts'
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

type Check = (value: unknown, name: string) => Issue[]

/** By the name of the option. */
type Checks = Readonly<Record<string, Check>>

const CHECKS: Checks = {
  prefix: expecting('a string', (value) => typeof value === 'string'),
  timeoutMs: expecting(`milliseconds above 0 and at most ${MAX_DELAY_MS}`, isDelay),
  clock: expecting('a Clock', isClock),
}

const SUPPRESSION_CHECKS: Checks = {
  ...CHECKS,
  ttlMs: (value, name) => issuesOfSuppressionTtl(name, value),
}

const BROKER_CHECKS: Checks = {
  ...CHECKS,
  client: issuesOfPushClient,
  // With nothing between the first braces Redis Cluster would take no notice of those that come after.
  prefix: expecting('a string without {}', (value) => typeof value === 'string' && !value.includes('{}')),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is none */
export function readOptions(client: RedisLike, options: RedisStoreOptions): StoreSettings {
  return read(client, options, CHECKS)
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is none */
export function readSuppressionsOptions(client: RedisLike, options: RedisSuppressionsOptions): StoreSettings {
  return read(client, options, SUPPRESSION_CHECKS)
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option and a client that is not of `ioredis` */
export function readBrokerOptions(client: PushClient, options: RedisStoreOptions): StoreSettings<PushClient> {
  return read(client, options, BROKER_CHECKS)
}

function read<Client>(
  client: Client,
  options: RedisStoreOptions,
  { client: checkClient = issuesOfClient, ...checks }: Checks,
): StoreSettings<Client> {
  const issues = [...checkClient(client, 'client'), ...issuesOf(options, checks)]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const { prefix = 'notiwire:', timeoutMs = 1_000, clock = systemClock } = options
  return { client, prefix, timeoutMs, clock }
}

function issuesOfPushClient(client: unknown, path: string): Issue[] {
  if (isPushClient(client)) return []
  const received = isRedisLike(client) && 'evalSha' in client ? 'a client of redis' : kindOf(client)
  return [{ path, message: `expected a Redis or Cluster of ioredis, received ${received}` }]
}

function issuesOfClient(client: unknown): Issue[] {
  if (isRedisLike(client)) return []
  return [{ path: 'client', message: `expected a client of ioredis or redis, received ${kindOf(client)}` }]
}

function issuesOf(options: unknown, checks: Checks): Issue[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [{ path: '', message: `expected an object of options, received ${kindOf(options)}` }]
  }
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const known = Object.keys(checks).join(', ')
    if (!check) return [{ path: name, message: `is not an option; the options are ${known}` }]
    return value === undefined ? [] : check(value, name)
  })
}

function expecting(what: string, isRight: (value: unknown) => boolean): Check {
  return (value, path) =>
    isRight(value) ? [] : [{ path, message: `expected ${what}, received ${kindOf(value)}` }]
}

function isDelay(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_DELAY_MS
}

function isClock(value: unknown): boolean {
  const clock = value as Partial<Clock> | null
  return [clock?.now, clock?.monotonic, clock?.setTimeout].every((method) => typeof method === 'function')
}

/** What came, without quoting it: it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
