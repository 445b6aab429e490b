/** The options of `send`, `verify` and `close`, and their checks. */
import { expecting, issuesWithin, kindOf, milliseconds, type Check, type Checks } from '../core/checks.ts'
import { invalid } from '../core/parse.ts'

export interface SendOptions {
  /**
   * Names this message for good. For 24 hours a second send under the same key on the same channel sends nothing
   * and gets the first result, unless the first failed without anything being sent. Drivers derive their provider's
   * own reference from it (Message-ID, apns-id, client_msg_id), so that the provider or the receiver can recognise
   * it too.
   */
  readonly idempotencyKey?: string | undefined
  /** When the message is of no use any more, in epoch milliseconds or as a Date: then no try is begun. @default never */
  readonly expiresAt?: Date | number | undefined
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

/** The options of one send, checked, with defaults filled in. */
export interface SendSettings extends SendLimits {
  readonly idempotencyKey?: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export const SEND_CHECKS: Checks = {
  idempotencyKey: (value) => {
    if (typeof value === 'string' && value.length > 0 && value.length <= 255) return undefined
    // `sendMany` stands it in for a key that could not be made.
    if (typeof value === 'symbol') return 'expected a string, but the function that makes it threw'
    return `expected a string of 1 to 255 characters, received ${kindOf(value)}`
  },
  expiresAt: expecting('a valid Date or epoch milliseconds', (value) =>
    Number.isFinite(value instanceof Date ? value.getTime() : value),
  ),
  deadlineMs: milliseconds,
  attemptTimeoutMs: milliseconds,
  signal: expecting('an AbortSignal', (value) => value instanceof AbortSignal),
}

/**
 * The options of one send, checked and copied: what the caller does to the object later changes nothing.
 * @throws {NotifyError} INVALID_MESSAGE, naming every wrong option
 */
export function readSendOptions(options: SendOptions, defaults: SendLimits): SendSettings {
  const own = readOptions(options, SEND_CHECKS, 'INVALID_MESSAGE')
  const { idempotencyKey, signal, expiresAt } = own
  return {
    idempotencyKey,
    signal,
    expiresAt: expiresAt instanceof Date ? expiresAt.getTime() : expiresAt,
    deadlineMs: own.deadlineMs ?? defaults.deadlineMs,
    attemptTimeoutMs: own.attemptTimeoutMs ?? defaults.attemptTimeoutMs,
  }
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
  const issues = issuesWithin('options', own, checks)
  if (issues.length > 0) throw invalid(code, issues)
  return own as T
}
