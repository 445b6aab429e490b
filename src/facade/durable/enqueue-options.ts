/** The options of `enqueue`, and their checks. */
import { expecting, issuesWithin, wholeNumber, type Checks } from '../../core/checks.ts'
import { invalid } from '../../core/parse.ts'
import { SEND_CHECKS } from '../call-options.ts'

export interface EnqueueOptions {
  /**
   * Names this message for good. For 24 hours a second `enqueue` under the same key on the same channel keeps nothing
   * and gets the first delivery's id, however that ended. Drivers derive their provider's own reference from it.
   */
  readonly idempotencyKey?: string | undefined
  /** When the message is of no use any more, in epoch milliseconds or as a Date: then no attempt is begun. @default never */
  readonly expiresAt?: Date | number | undefined
  /** How long to wait before the first attempt, in milliseconds. Not together with `at`. @default 0 */
  readonly delayMs?: number | undefined
  /** When to make the first attempt, in epoch milliseconds or as a Date. @default at once */
  readonly at?: Date | number | undefined
  /** The higher is attempted first: a whole number from -1_000 to 1_000. @default 0 */
  readonly priority?: number | undefined
  /**
   * Your own database transaction: the delivery is kept when it commits, and was never there when it does not. What
   * it has to be depends on the engine: a node-postgres client within BEGIN, or a handle on the same SQLite file.
   */
  readonly transaction?: unknown
}

/** Checked; times in epoch milliseconds. */
export interface EnqueueSettings {
  readonly idempotencyKey?: string | undefined
  readonly expiresAt?: number | undefined
  /** Undefined where at once. */
  readonly runAt?: number | undefined
  readonly priority?: number | undefined
  readonly transaction?: unknown
}

const { idempotencyKey, expiresAt } = SEND_CHECKS
/** A hundred years: whoever waits longer has mixed up their units. */
const MAX_DELAY_MS = 3_155_760_000_000

const CHECKS: Checks = {
  ...{ idempotencyKey, expiresAt, at: expiresAt },
  delayMs: expecting(
    `milliseconds from 0 to ${MAX_DELAY_MS}`,
    (value) => typeof value === 'number' && value >= 0 && value <= MAX_DELAY_MS,
  ),
  priority: wholeNumber(-1_000, 1_000),
  transaction: expecting('a database client', (value) => typeof value === 'object' && value !== null),
} satisfies Record<keyof EnqueueOptions, Checks[string] | undefined> as Checks

/** @throws {NotifyError} INVALID_MESSAGE, naming every wrong option */
export function readEnqueueOptions(options: EnqueueOptions, now: number): EnqueueSettings {
  const own = typeof options === 'object' ? { ...options } : options
  const issues = issuesWithin('options', own, CHECKS)
  if (issues.length === 0 && own.delayMs !== undefined && own.at !== undefined) {
    issues.push({ path: 'options.delayMs', message: 'cannot be given together with at' })
  }
  if (issues.length > 0) throw invalid('INVALID_MESSAGE', issues)
  const { delayMs, at, expiresAt: life, ...rest } = own
  return { ...rest, expiresAt: timeOf(life), runAt: delayMs ? Math.ceil(now + delayMs) : timeOf(at) }
}

function timeOf(time: Date | number | undefined): number | undefined {
  return time instanceof Date ? time.getTime() : time
}
