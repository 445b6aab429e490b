/**
 * Asks Aliyun whether it has a message, by our reference: SMS are not idempotent there, and its documentation says to look before a second try.
 * Sources, read 2026-11-23: https://help.aliyun.com/document_detail/438433.html, https://help.aliyun.com/document_detail/55284.html
 */
import { NotifyError } from '../../core/errors.ts'
import type { AliyunClient } from './aliyun-client.ts'

export interface AliyunQuestion {
  readonly client: AliyunClient
  /** As it was sent to. */
  readonly phoneNumber: string
  readonly outId: string
  /** Since when it may have been sent, and now, in epoch milliseconds. */
  readonly triedAt: number
  readonly now: number
  readonly signal: AbortSignal
}

/** Aliyun's record lags a few seconds behind what it accepted. */
const LAG_MS = 10_000
const PAGE = 50
const DAY_MS = 86_400_000
/** Longer ago it does not remember. */
const MAX_DAYS = 30
/** Aliyun's days are China's, which knows no summer time. */
const CHINA_OFFSET_MS = 8 * 3_600_000

/**
 * Whether Aliyun accepted it, also where it could not be delivered to the phone then.
 * @throws {NotifyError} UNAVAILABLE, where it is too early to tell, or too late
 */
export async function hasAccepted(question: AliyunQuestion): Promise<boolean> {
  const { triedAt, now } = question
  const leftMs = triedAt + LAG_MS - now
  if (leftMs > 0) {
    const text = 'Aliyun may not have noted down yet what it accepted a moment ago'
    throw new NotifyError('UNAVAILABLE', text, { retryAfterMs: leftMs })
  }
  if (now - triedAt > (MAX_DAYS - 1) * DAY_MS) {
    throw new NotifyError('UNAVAILABLE', `Aliyun does not remember what it accepted ${MAX_DAYS} days ago`)
  }
  for (const sendDate of daysFrom(triedAt, now)) {
    if (await hasOn(sendDate, question)) return true
  }
  return false
}

async function hasOn(sendDate: string, question: AliyunQuestion): Promise<boolean> {
  const { client, phoneNumber, outId, signal } = question
  for (let currentPage = 1; ; currentPage += 1) {
    const fields = { phoneNumber, sendDate, pageSize: PAGE, currentPage }
    const outIds = await client.querySendDetails(fields, signal)
    if (outIds.includes(outId)) return true
    if (outIds.length < PAGE) return false
  }
}

/** Such as `20260101`; a message of midnight may have been noted down on the next day. */
function daysFrom(triedAt: number, now: number): string[] {
  const [first, last] = [triedAt, now].map((at) => Math.floor((at + CHINA_OFFSET_MS) / DAY_MS)) as [
    number,
    number,
  ]
  return Array.from({ length: last - first + 1 }, (_, at) =>
    new Date((first + at) * DAY_MS).toISOString().slice(0, 10).replaceAll('-', ''),
  )
}
