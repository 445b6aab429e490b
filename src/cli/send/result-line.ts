/** Results as JSON: what is written line by line, and read again by `--resume`. */
import type { NotifyError } from '../../core/errors.ts'
import type { Certainty } from '../../core/failures.ts'
import type { SendResult } from '../../facade/result.ts'
import { causesOf } from '../report.ts'

export interface ResultLine {
  readonly index?: number
  readonly line?: number
  readonly hash?: string
  readonly id?: string
  readonly channel: string
  readonly provider?: string
  /** `valid`: of a dry run. */
  readonly status: 'sent' | 'skipped' | 'failed' | 'valid'
  /** Of what failed. */
  readonly code?: string
  /** Of what failed: whether it may have gone out all the same. */
  readonly delivery?: Certainty
  readonly [field: string]: unknown
}

export function toLine(result: SendResult, isVerbose: boolean): ResultLine {
  const { id, channel, provider, status, attempts, duplicate, redirected } = result
  return {
    ...{ id, channel, provider, status, attempts: attempts.length },
    ...(duplicate && { duplicate }),
    ...(redirected && { redirected }),
    ...(result.status === 'sent' && { providerId: result.receipt.providerId, receipt: result.receipt }),
    ...(result.status === 'skipped' && { reason: result.reason }),
    ...(result.status === 'failed' && failureOf(result.error, isVerbose)),
  }
}

export function failureOf(error: NotifyError, isVerbose: boolean) {
  const { code, delivery } = error
  return { code, delivery, error: error.toJSON(), ...(isVerbose && { causes: causesOf(error) }) }
}
