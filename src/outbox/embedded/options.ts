/** The options of an embedded outbox, and their checks. */
import { resolve } from 'node:path'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import type { Retention } from './store-care.ts'

export interface EmbeddedOptions {
  /** Where it is, such as `./notify.db` or `file:./notify.db`; created where there is none. On a local disk. */
  readonly file: string
  /** How long a job is held by a worker that died, in milliseconds, 100 or more. @default 30_000 */
  readonly leaseMs?: number | undefined
  /**
   * Whether the file is written in a thread of its own, so that a slow disk does not hold up the event loop.
   * `auto`: where the disk takes more than half a millisecond. @default 'auto'
   */
  readonly thread?: boolean | 'auto' | undefined
  /** How long what was sent is kept, and how many of them. @default a day, 100_000 */
  readonly keepDone?: { readonly ageMs?: number | undefined; readonly count?: number | undefined } | undefined
  /** How long what failed, was cancelled or is unknown is kept. @default 30 days */
  readonly keepDead?: { readonly ageMs?: number | undefined } | undefined
  /** How often it looks for what other processes did, in milliseconds. @default 100 */
  readonly pollMs?: number | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

export interface EmbeddedSettings {
  /** An absolute path. */
  readonly file: string
  readonly leaseMs: number
  readonly thread: boolean | 'auto'
  readonly retention: Retention
  readonly pollMs: number
  readonly clock: Clock
}

const DAY_MS = 86_400_000
const NAMES = ['file', 'leaseMs', 'thread', 'keepDone', 'keepDead', 'pollMs', 'clock']

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readOptions(options: EmbeddedOptions): EmbeddedSettings {
  const issues = issuesOf(options)
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const { file, leaseMs = 30_000, thread = 'auto', pollMs = 100, clock = systemClock } = options
  return {
    file: resolve(file.replace(/^file:/, '')),
    ...{ leaseMs, thread, pollMs, clock, retention: retentionOf(options) },
  }
}

function retentionOf({ keepDone = {}, keepDead = {} }: EmbeddedOptions): Retention {
  const { ageMs: doneMs = DAY_MS, count: doneCount = 100_000 } = keepDone
  return { doneMs, doneCount, deadMs: keepDead.ageMs ?? 30 * DAY_MS }
}

function issuesOf(options: unknown): Issue[] {
  if (typeof options !== 'object' || options === null) {
    return [{ path: '', message: 'expected an object of options' }]
  }
  const { file, leaseMs, thread, pollMs, keepDone, keepDead } = options as Readonly<Record<string, unknown>>
  const unknown = Object.keys(options)
    .filter((name) => !NAMES.includes(name))
    .map((path) => ({ path, message: `is not an option; the options are ${NAMES.join(', ')}` }))
  const isPath = typeof file === 'string' && /^(file:)?[^\0]+$/.test(file) && !/^(file:)?:memory:$/.test(file)
  return [
    ...unknown,
    ...(isPath ? [] : [{ path: 'file', message: 'expected the path of a file, such as ./notify.db' }]),
    ...(thread === undefined || thread === 'auto' || typeof thread === 'boolean'
      ? []
      : [{ path: 'thread', message: "expected true, false or 'auto'" }]),
    ...numbers({ leaseMs }, 100),
    ...numbers({ pollMs }, 1),
    ...within('keepDone', keepDone, ['ageMs', 'count']),
    ...within('keepDead', keepDead, ['ageMs']),
  ]
}

function within(path: string, value: unknown, names: readonly string[]): Issue[] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null) return [{ path, message: 'expected an object' }]
  const named = Object.entries(value).map(([name, one]) => [`${path}.${name}`, one] as const)
  const unknown = named.filter(([name]) => !names.includes(name.slice(path.length + 1)))
  return [
    ...unknown.map(([name]) => ({
      path: name,
      message: `is not an option; the options are ${names.join(', ')}`,
    })),
    ...numbers(Object.fromEntries(named.filter((entry) => !unknown.includes(entry))), 0),
  ]
}

function numbers(values: Readonly<Record<string, unknown>>, least: number): Issue[] {
  return Object.entries(values)
    .filter(
      ([, value]) =>
        value !== undefined && !(typeof value === 'number' && value >= least && Number.isSafeInteger(value)),
    )
    .map(([path]) => ({ path, message: `expected a whole number of ${least} or more` }))
}
