/** The options of `sendMany`, and their checks. */
import { isFunction, issuesWithin, kindOf, wholeNumber, type Checks } from '../core/checks.ts'
import { invalid } from '../core/parse.ts'
import type { BulkProgress } from './bulk.ts'
import {
  readSendOptions,
  SEND_CHECKS,
  type SendLimits,
  type SendOptions,
  type SendSettings,
} from './call-options.ts'

/** Messages: a list, a generator, a stream in object mode. It is read no faster than the messages are sent. */
export type Source<T> = Iterable<T | Promise<T>> | AsyncIterable<T>

export interface SendManyOptions<Input = unknown> extends Omit<SendOptions, 'idempotencyKey'> {
  /** How many deliveries are under way at the same time, 1 to 10_000. @default 100 */
  readonly concurrency?: number | undefined
  /** The idempotency key of each message; `index` is its place in the source, the first is 0. @default none */
  readonly idempotencyKey?: ((message: Input, index: number) => string) | undefined
  /** Told how far it is, after every result. */
  readonly onProgress?: ((progress: BulkProgress) => unknown) | undefined
}

export interface ReadBulkOptions {
  readonly concurrency: number
  readonly settings: SendSettings
}

const BULK_CHECKS: Checks = {
  ...SEND_CHECKS,
  idempotencyKey: isFunction,
  onProgress: isFunction,
  concurrency: wholeNumber(1, 10_000),
}

/** @throws {NotifyError} INVALID_MESSAGE, naming every wrong option */
export function readBulkOptions(options: SendManyOptions, defaults: SendLimits): ReadBulkOptions {
  const issues = issuesWithin('options', options, BULK_CHECKS)
  if (issues.length > 0) throw invalid('INVALID_MESSAGE', issues)
  const { concurrency = 100, signal, expiresAt, deadlineMs, attemptTimeoutMs } = options
  const settings = readSendOptions({ signal, expiresAt, deadlineMs, attemptTimeoutMs }, defaults)
  return { concurrency, settings }
}

/** @throws {NotifyError} INVALID_MESSAGE, where it is nothing to iterate over */
export function iteratorOf(source: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  if (typeof source === 'object' && source !== null) {
    const given = source as Partial<AsyncIterable<unknown> & Iterable<unknown>>
    const iterator = given[Symbol.asyncIterator]?.() ?? given[Symbol.iterator]?.()
    if (iterator) return iterator
  }
  const message = `expected a list, a generator or a stream of messages, received ${kindOf(source)}`
  throw invalid('INVALID_MESSAGE', [{ path: 'source', message }])
}
