/** The options for what happens when a provider fails: retry and circuit breaker. */
import {
  expecting,
  issuesWithin,
  milliseconds,
  wholeNumber,
  type Check,
  type Checks,
} from '../core/checks.ts'
import type { Issue } from '../core/errors.ts'
import type { BreakerPolicy } from '../pipeline/breaker.ts'
import type { RetryPolicy } from '../pipeline/retry.ts'

export interface RetryOptions {
  /** How often one message is tried in all, 1 to 100; with several providers, how many rounds are made. @default 3 */
  readonly tries?: number | undefined
  /** Upper bound of the delay before the second try, in milliseconds; doubles with each try. @default 200 */
  readonly baseDelayMs?: number | undefined
  /** Upper bound of any delay, in milliseconds, unless the provider asks for more. @default 30_000 */
  readonly maxDelayMs?: number | undefined
  /**
   * What follows where the provider may have accepted the message all the same: `retry` may make a second one.
   * @default 'stop'
   */
  readonly onUnknown?: 'stop' | 'retry' | undefined
}

export interface BreakerOptions {
  /** How many of the last tries must have failed for the provider to be left alone. @default 5 */
  readonly failures?: number | undefined
  /** How many of the last tries are looked at. @default 10 */
  readonly of?: number | undefined
  /** How long it is left alone before one try may probe it, in milliseconds. @default 10_000 */
  readonly coolDownMs?: number | undefined
}

/** An object of options, or `false` for none of it. */
export const optional: Check = expecting(
  'an object or false',
  (value) => value === false || (typeof value === 'object' && value !== null),
)

const RETRY_CHECKS: Checks = {
  tries: wholeNumber(1, 100),
  baseDelayMs: milliseconds,
  maxDelayMs: milliseconds,
  onUnknown: expecting("'stop' or 'retry'", (value) => value === 'stop' || value === 'retry'),
}

const BREAKER_CHECKS: Checks = {
  failures: wholeNumber(1, 100),
  of: wholeNumber(1, 100),
  coolDownMs: milliseconds,
}

const NO_RETRY: RetryPolicy = { tries: 1, baseDelayMs: 0, maxDelayMs: 0, onUnknown: 'stop' }

export interface PolicyOptions {
  readonly retry?: RetryOptions | false | undefined
  readonly breaker?: BreakerOptions | false | undefined
}

/** Everything that is wrong with them. */
export function issuesOfPolicies({ retry, breaker }: PolicyOptions): Issue[] {
  const issues = [
    ...(isGiven(retry) ? issuesWithin('retry', retry, RETRY_CHECKS) : []),
    ...(isGiven(breaker) ? issuesWithin('breaker', breaker, BREAKER_CHECKS) : []),
  ]
  const { failures, of } = breaker ? readBreaker(breaker) : DEFAULT_BREAKER
  if (issues.length === 0 && failures > of) {
    issues.push({ path: 'breaker.failures', message: `expected at most ${of}, the value of breaker.of` })
  }
  return issues
}

/** What is no object is told of by {@link optional}. */
function isGiven(options: unknown): boolean {
  return typeof options === 'object' && options !== null
}

/** Defaults filled in. */
export function readPolicies({ retry, breaker }: PolicyOptions) {
  return { retry: readRetry(retry), breaker: breaker === false ? undefined : readBreaker(breaker ?? {}) }
}

function readRetry(retry: RetryOptions | false = {}): RetryPolicy {
  if (retry === false) return NO_RETRY
  const { tries = 3, baseDelayMs = 200, maxDelayMs = 30_000, onUnknown = 'stop' } = retry
  return { tries, baseDelayMs, maxDelayMs, onUnknown }
}

const DEFAULT_BREAKER: BreakerPolicy = { failures: 5, of: 10, coolDownMs: 10_000 }

function readBreaker(breaker: BreakerOptions): BreakerPolicy {
  const { failures, of, coolDownMs } = breaker
  return {
    failures: failures ?? DEFAULT_BREAKER.failures,
    of: of ?? DEFAULT_BREAKER.of,
    coolDownMs: coolDownMs ?? DEFAULT_BREAKER.coolDownMs,
  }
}
