/** The options of `createNotify` and of each call, and their checks. */
import { systemClock, type Clock } from '../core/clock.ts'
import { Notifier, type AnyNotifier } from '../core/notifier.ts'
import { invalid } from '../core/parse.ts'
import type { BreakerPolicy } from '../pipeline/breaker.ts'
import type { RetryPolicy } from '../pipeline/retry.ts'
import { issuesOf, kindOf, milliseconds, type Check, type Checks } from './checks.ts'
import {
  issuesOfPolicies,
  optional,
  readPolicies,
  type BreakerOptions,
  type RetryOptions,
} from './policies.ts'

export type Channels = Readonly<Record<string, AnyNotifier>>

export interface NotifyOptions<C extends Channels> {
  /** A driver per channel, by the name you will send to. */
  readonly channels: C
  /**
   * Throw from `send` instead of resolving to a failed result; the driver's own exception is `error.cause`,
   * secrets and recipients cut out.
   * @default false
   */
  readonly debug?: boolean | undefined
  /** Milliseconds a delivery may take in all. @default 60_000 */
  readonly deadlineMs?: number | undefined
  /** Milliseconds one try may take. @default 30_000 */
  readonly attemptTimeoutMs?: number | undefined
  /**
   * When a failed try is followed by another: where the failure may pass and the message was certainly not sent.
   * `false`: never.
   */
  readonly retry?: RetryOptions | false | undefined
  /**
   * When a provider that keeps failing is left alone, so that sends fail at once (CIRCUIT_OPEN) instead of waiting.
   * Only its own failures count, never those of a message or a recipient. `false`: never.
   */
  readonly breaker?: BreakerOptions | false | undefined
  /** `false`: keep no idempotency keys here, because the caller keeps them. */
  readonly idempotency?: false | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

export interface SendOptions {
  /**
   * Names this message for good. For 24 hours a second send under the same key on the same channel, in this process,
   * sends nothing and gets the first result, unless the first failed without anything being sent. Drivers derive
   * their provider's own reference from it (Message-ID, apns-id, client_msg_id), so that the provider or the
   * receiver can recognise it too.
   */
  readonly idempotencyKey?: string | undefined
  /** Milliseconds this delivery may take in all. */
  readonly deadlineMs?: number | undefined
  /** Milliseconds one try may take. */
  readonly attemptTimeoutMs?: number | undefined
  /** Gives the delivery up and closes its socket. */
  readonly signal?: AbortSignal | undefined
}

export interface VerifyOptions {
  /** Milliseconds each channel may take. @default 10_000 */
  readonly timeoutMs?: number | undefined
}

export interface CloseOptions {
  /** Milliseconds to wait for sends in flight before they are given up as CLOSED. @default 10_000 */
  readonly drainMs?: number | undefined
}

export interface SendLimits {
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
}

export interface Settings extends SendLimits {
  readonly channels: ReadonlyMap<string, AnyNotifier>
  readonly debug: boolean
  readonly keepsKeys: boolean
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy | undefined
  readonly clock: Clock
}

const NOTIFY_CHECKS: Checks = {
  channels: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Notifier.isNotifier(value)
      ? undefined
      : `expected an object of drivers by channel name, received ${kindOf(value)}`,
  debug: (value) =>
    typeof value === 'boolean' ? undefined : `expected true or false, received ${kindOf(value)}`,
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  retry: optional,
  breaker: optional,
  idempotency: (value) => (value === false ? undefined : `expected false, received ${kindOf(value)}`),
  clock: (value) =>
    isClock(value) ? undefined : `expected now, monotonic and setTimeout, received ${kindOf(value)}`,
}

const SEND_CHECKS: Checks = {
  idempotencyKey: (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= 255
      ? undefined
      : `expected a string of 1 to 255 characters, received ${kindOf(value)}`,
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  signal: (value) =>
    value instanceof AbortSignal ? undefined : `expected an AbortSignal, received ${kindOf(value)}`,
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readNotifyOptions(options: NotifyOptions<Channels>): Settings {
  const issues = issuesOf(options, NOTIFY_CHECKS, ['channels'])
  const given = asGiven(options)
  const channels = new Map<string, AnyNotifier>()
  for (const [name, driver] of Object.entries(given.channels ?? {})) {
    if (Notifier.isNotifier(driver)) channels.set(name, driver)
    else issues.push({ path: `channels.${name}`, message: `expected a driver, received ${kindOf(driver)}` })
  }
  issues.push(...issuesOfPolicies(given))
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  return withDefaults(options, channels)
}

/** Callers without a compiler may pass nothing at all. */
function asGiven(options: unknown): Partial<NotifyOptions<Channels>> {
  return options ?? {}
}

function withDefaults(options: NotifyOptions<Channels>, channels: Settings['channels']): Settings {
  const { debug = false, deadlineMs = 60_000, attemptTimeoutMs = 30_000, clock = systemClock } = options
  const { retry, breaker } = readPolicies(options)
  const keepsKeys = options.idempotency !== false
  return { channels, debug, keepsKeys, deadlineMs, attemptTimeoutMs, retry, breaker, clock }
}

/**
 * The options of one send, checked and copied: what the caller does to the object later changes nothing.
 * @throws {NotifyError} INVALID_MESSAGE, naming every wrong option
 */
export function readSendOptions(options: SendOptions): SendOptions {
  return readOptions(options, SEND_CHECKS, 'INVALID_MESSAGE')
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readVerifyOptions(options: VerifyOptions): VerifyOptions {
  return readOptions(options, { timeoutMs: milliseconds }, 'INVALID_CONFIG')
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readCloseOptions(options: CloseOptions): CloseOptions {
  const drainMs: Check = (value) => (value === 0 ? undefined : milliseconds(value))
  return readOptions(options, { drainMs }, 'INVALID_CONFIG')
}

function readOptions<T extends object>(
  options: T,
  checks: Checks,
  code: 'INVALID_MESSAGE' | 'INVALID_CONFIG',
): T {
  const own: unknown =
    typeof options === 'object' && (options as T | null) !== null ? { ...options } : options
  const issues = issuesOf(own, checks, []).map(({ path, message }) => {
    return { path: path ? `options.${path}` : 'options', message }
  })
  if (issues.length > 0) throw invalid(code, issues)
  return own as T
}

function isClock(value: unknown): boolean {
  const clock = value as Partial<Clock> | null
  return [clock?.now, clock?.monotonic, clock?.setTimeout].every((method) => typeof method === 'function')
}
