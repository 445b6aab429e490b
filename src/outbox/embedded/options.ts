/** The options of an embedded outbox, and their checks. */
import { resolve } from 'node:path'
import { issuesOfEach, type Checks } from '../../core/checks.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Issue } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import { expecting, wholeNumberFrom } from '../checks.ts'
import { RETENTION_CHECKS, retentionOf, type Retention } from '../retention.ts'

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

const CHECKS: Readonly<Record<keyof EmbeddedOptions, Checks[string]>> = {
  file: expecting('the path of a file, such as ./notify.db', isPath),
  leaseMs: wholeNumberFrom(100),
  thread: expecting("true, false or 'auto'", (value) => value === 'auto' || typeof value === 'boolean'),
  ...RETENTION_CHECKS,
  pollMs: wholeNumberFrom(1),
  clock: () => undefined,
}

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

function issuesOf(options: unknown): Issue[] {
  if (typeof options !== 'object' || options === null) {
    return [{ path: '', message: 'expected an object of options' }]
  }
  const { file, thread, leaseMs, pollMs, keepDone, keepDead, ...rest } = options as Partial<EmbeddedOptions>
  // What is no option comes first; a file that is missing is told of like one that is wrong.
  const inOrder = { ...rest, file: file ?? null, thread, leaseMs, pollMs, keepDone, keepDead }
  return issuesOfEach(inOrder, CHECKS)
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^(file:)?[^\0]+$/.test(value) && !/^(file:)?:memory:$/.test(value)
}
