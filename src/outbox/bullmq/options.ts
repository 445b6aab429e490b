/** The options of an outbox on Redis or PostgreSQL, and their checks. */
import { hasMethods, issuesOfEach, type Checks } from '../../core/checks.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import { expecting, isObject, wholeNumberFrom } from '../checks.ts'
import { RETENTION_CHECKS, retentionOf, type Retention } from '../retention.ts'

/** Where Redis is, as `ioredis` takes it. */
export interface RedisPlace {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
  readonly username?: string | undefined
  readonly password?: string | undefined
  readonly db?: number | undefined
  readonly tls?: object | undefined
  readonly [option: string]: unknown
}

/** A `Pool` of the package `pg`. */
export interface PostgresPool {
  readonly options: object
  connect(): Promise<unknown>
  query(text: string, values?: unknown[]): Promise<unknown>
  end(): Promise<void>
}

export interface BullmqOptions {
  /** Where Redis is: `redis://host:6379`, or the options of `ioredis`. Either this or `postgres`. */
  readonly redis?: string | RedisPlace | undefined
  /**
   * Where PostgreSQL is: `postgres://…`, or a pool, whose settings it takes for connections of its own; the pool stays as it is.
   * Either this or `redis`.
   */
  readonly postgres?: string | PostgresPool | undefined
  /** What its names begin with: outboxes that share a server need one each. @default 'notiwire' */
  readonly prefix?: string | undefined
  /** How long a job is held by a worker that died, in milliseconds, 500 or more. @default 30_000 */
  readonly leaseMs?: number | undefined
  /** How long what was sent is kept, and how many per channel. @default a day, 100_000 */
  readonly keepDone?: { readonly ageMs?: number | undefined; readonly count?: number | undefined } | undefined
  /** How long what failed, was cancelled or is unknown is kept. @default 30 days */
  readonly keepDead?: { readonly ageMs?: number | undefined } | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

export type Place =
  | { readonly redis: string | RedisPlace; readonly postgres?: undefined }
  | { readonly postgres: string | PostgresPool; readonly redis?: undefined }

export interface Settings extends Retention {
  readonly place: Place
  readonly prefix: string
  readonly leaseMs: number
  readonly clock: Clock
}

const CHECKS: Readonly<Record<keyof BullmqOptions, Checks[string]>> = {
  redis: expecting(
    'redis://… or an object of options',
    (value) => isUrl(value, /^rediss?:\/\//) || isObject(value),
  ),
  postgres: expecting(
    'postgres://… or a Pool of pg',
    (value) => isUrl(value, /^postgres(ql)?:\/\//) || isPool(value),
  ),
  prefix: expecting(
    'a text of letters, digits and any of . _ - { }',
    (value) => typeof value === 'string' && /^[\w.{}-]+$/.test(value),
  ),
  leaseMs: wholeNumberFrom(500),
  ...RETENTION_CHECKS,
  clock: expecting('a Clock', (value) => isObject(value) && hasMethods(value, 'setTimeout')),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readOptions(options: BullmqOptions): Settings {
  const issues = issuesOf(options)
  const place = placeOf(options)
  if (issues.length > 0 || !place) throw invalid('INVALID_CONFIG', issues)
  const { prefix = 'notiwire', leaseMs = 30_000, clock = systemClock } = options
  return { place, prefix, leaseMs, clock, ...retentionOf(options) }
}

function placeOf(options: unknown): Place | undefined {
  if (!isObject(options)) return undefined
  const { redis, postgres } = options as BullmqOptions
  if (redis !== undefined) return { redis }
  return postgres === undefined ? undefined : { postgres }
}

function issuesOf(options: unknown): Issue[] {
  if (!isObject(options)) return [{ path: '', message: 'expected an object of options' }]
  const places = ['redis', 'postgres'].filter((name) => options[name] !== undefined)
  const message = 'expected either redis or postgres'
  return [...(places.length === 1 ? [] : [{ path: '', message }]), ...issuesOfEach(options, CHECKS)]
}

const isUrl = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value)

function isPool(value: unknown): boolean {
  return isObject(value) && isObject(value['options']) && hasMethods(value, 'connect')
}
