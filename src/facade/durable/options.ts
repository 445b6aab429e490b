/** The options of the outbox, and their checks. */
import {
  expecting,
  issuesWithin,
  kindOf,
  milliseconds,
  trueOrFalse,
  wholeNumber,
  withMethods,
  type Check,
  type Checks,
} from '../../core/checks.ts'
import type { Issue } from '../../core/errors.ts'
import type { Outbox } from '../../core/outbox.ts'
import type { Schedule } from '../../pipeline/verdict.ts'

export interface OutboxOptions {
  /**
   * Where accepted deliveries are kept: a file, such as `file:./notify.db`, or an engine, such as `embedded({...})` or
   * `bullmq({...})`.
   */
  readonly engine: `file:${string}` | Outbox
  /** Whether this process delivers what is in the outbox. `false`: it only puts deliveries there. @default true */
  readonly work?: boolean | undefined
  /** How many deliveries are attempted at once in this process: on each channel, or by channel. @default 20 */
  readonly concurrency?: number | Readonly<Record<string, number>> | undefined
  /** When an attempt that failed is followed by another. */
  readonly retry?: OutboxRetryOptions | undefined
  /**
   * What follows an attempt of which nobody can tell whether the message went out, where the provider cannot be asked
   * either: `retry` may make a second message; `hold` keeps the delivery as `unknown` until you decide. For all
   * channels, or by channel. @default what the channel's driver says
   */
  readonly onUnknown?: OnUnknown | Readonly<Record<string, OnUnknown>> | undefined
}

export type OnUnknown = 'retry' | 'hold'

export interface OutboxRetryOptions {
  /** How many attempts are made in all, 1 to 100. @default 8 */
  readonly tries?: number | undefined
  /** Upper bound of the delay before the second attempt, in milliseconds; doubles with each attempt. @default 2_000 */
  readonly baseDelayMs?: number | undefined
  /** Upper bound of any delay, in milliseconds, unless the provider asks for more. @default 600_000 (10 minutes) */
  readonly maxDelayMs?: number | undefined
  /** A delivery that waited longer, in milliseconds, is given up. @default 259_200_000 (3 days) */
  readonly giveUpAfterMs?: number | undefined
}

/** Checked, with defaults filled in. */
export interface OutboxSettings {
  readonly engine: string | Outbox
  readonly isWorking: boolean
  readonly concurrencyOf: (channel: string) => number
  readonly schedule: Schedule
  readonly onUnknownOf: (channel: string) => OnUnknown | undefined
}

const DEFAULT_CONCURRENCY = 20

export const isOutbox: Check = withMethods(
  ...['open', 'enqueue', 'consume', 'pause', 'resume', 'cancel', 'get', 'list', 'counts'],
  ...['replay', 'purge', 'check', 'close'],
)

const isFile = (value: unknown) => typeof value === 'string' && /^file:./.test(value)

const engine: Check = expecting(
  "an outbox, or a file such as 'file:./notify.db'",
  (value) => isFile(value) || !isOutbox(value),
)

const onUnknown: Check = expecting("'retry' or 'hold'", (value) => value === 'retry' || value === 'hold')

const RETRY_CHECKS: Checks = {
  tries: wholeNumber(1, 100),
  baseDelayMs: milliseconds,
  maxDelayMs: milliseconds,
  giveUpAfterMs: milliseconds,
}

/** Checked one by one below. */
const later: Check = () => undefined

const CHECKS: Checks = {
  engine,
  work: trueOrFalse,
  concurrency: later,
  retry: later,
  onUnknown: later,
}

/** Everything that is wrong with it. @param channels where they are known, others are wrong too */
export function issuesOfOutbox(outbox: unknown, channels: readonly string[] | undefined): Issue[] {
  if (outbox === undefined || isFile(outbox) || !isOutbox(outbox)) return []
  if (typeof outbox !== 'object' || outbox === null) {
    const text = `expected a file such as 'file:./notify.db', an outbox or an object of options, received ${kindOf(outbox)}`
    return [{ path: 'outbox', message: text }]
  }
  const { concurrency, retry, onUnknown: policy } = outbox as Readonly<Record<string, unknown>>
  return [
    ...('engine' in outbox ? [] : [{ path: 'outbox.engine', message: 'is required' }]),
    ...issuesWithin('outbox', outbox, CHECKS),
    ...(retry === undefined ? [] : issuesWithin('outbox.retry', retry, RETRY_CHECKS)),
    ...issuesByChannel('outbox.concurrency', concurrency, { check: wholeNumber(1, 10_000), channels }),
    ...issuesByChannel('outbox.onUnknown', policy, { check: onUnknown, channels }),
  ]
}

interface ByChannel {
  readonly check: Check
  readonly channels: readonly string[] | undefined
}

/** One value for all channels, or an object of values by channel. */
function issuesByChannel(path: string, value: unknown, { check, channels }: ByChannel): Issue[] {
  if (value === undefined) return []
  if (typeof value === 'object' && value !== null) {
    const names = channels ?? Object.keys(value)
    return issuesWithin(path, value, Object.fromEntries(names.map((name) => [name, check])))
  }
  const message = check(value)
  return message ? [{ path, message }] : []
}

/** @param outbox checked */
export function readOutbox(outbox: string | Outbox | OutboxOptions): OutboxSettings {
  const isBare = typeof outbox === 'string' || !isOutbox(outbox)
  const options: OutboxOptions = isBare ? { engine: outbox as Outbox } : (outbox as OutboxOptions)
  const { tries = 8, baseDelayMs = 2_000, maxDelayMs = 600_000, giveUpAfterMs } = options.retry ?? {}
  return {
    engine: options.engine,
    isWorking: options.work ?? true,
    concurrencyOf: (channel) => byChannel(options.concurrency, channel) ?? DEFAULT_CONCURRENCY,
    schedule: { tries, baseDelayMs, maxDelayMs, giveUpAfterMs: giveUpAfterMs ?? 259_200_000 },
    onUnknownOf: (channel) => byChannel(options.onUnknown, channel),
  }
}

function byChannel<T extends string | number>(
  value: T | Readonly<Record<string, T>> | undefined,
  channel: string,
): T | undefined {
  if (typeof value !== 'object') return value
  return Object.hasOwn(value, channel) ? value[channel] : undefined
}
