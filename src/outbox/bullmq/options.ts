/** The options of an outbox on Redis or PostgreSQL, and their checks. */
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'

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

export interface Settings {
  readonly place: Place
  readonly prefix: string
  readonly leaseMs: number
  readonly doneAgeMs: number
  readonly doneCount: number
  readonly deadAgeMs: number
  readonly clock: Clock
}

const DAY_MS = 86_400_000

type Check = (value: unknown, path: string) => Issue[]

const CHECKS: Readonly<Record<keyof BullmqOptions, Check>> = {
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
  leaseMs: number(500),
  keepDone: within({ ageMs: number(0), count: number(0) }),
  keepDead: within({ ageMs: number(0) }),
  clock: expecting('a Clock', (value) => isObject(value) && typeof value['setTimeout'] === 'function'),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readOptions(options: BullmqOptions): Settings {
  const issues = issuesOf(options)
  const place = placeOf(options)
  if (issues.length > 0 || !place) throw invalid('INVALID_CONFIG', issues)
  const { prefix = 'notiwire', leaseMs = 30_000, clock = systemClock } = options
  return { place, prefix, leaseMs, clock, ...retentionOf(options) }
}

function retentionOf({ keepDone = {}, keepDead = {} }: BullmqOptions) {
  const { ageMs: doneAgeMs = DAY_MS, count: doneCount = 100_000 } = keepDone
  return { doneAgeMs, doneCount, deadAgeMs: keepDead.ageMs ?? 30 * DAY_MS }
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
  return [...(places.length === 1 ? [] : [{ path: '', message }]), ...checked(options, CHECKS, '')]
}

function checked(values: object, checks: Readonly<Record<string, Check>>, prefix: string): Issue[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const path = `${prefix}${name}`
    if (check) return value === undefined ? [] : check(value, path)
    return [{ path, message: `is not an option; the options are ${Object.keys(checks).join(', ')}` }]
  })
}

function expecting(what: string, isRight: (value: unknown) => boolean): Check {
  return (value, path) => (isRight(value) ? [] : [{ path, message: `expected ${what}` }])
}

function number(least: number): Check {
  const isRight = (value: unknown) => typeof value === 'number' && Number.isInteger(value) && value >= least
  return expecting(`a whole number of ${least} or more`, isRight)
}

function within(checks: Readonly<Record<string, Check>>): Check {
  return (value, path) =>
    isObject(value) ? checked(value, checks, `${path}.`) : [{ path, message: 'expected an object' }]
}

const isUrl = (value: unknown, form: RegExp): boolean => typeof value === 'string' && form.test(value)

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPool(value: unknown): boolean {
  return isObject(value) && isObject(value['options']) && typeof value['connect'] === 'function'
}
