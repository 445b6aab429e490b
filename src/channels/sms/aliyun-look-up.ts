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
  /** What to add to our clock to have Aliyun's, in milliseconds; every answer tells it anew. */
  readonly skewMs: () => number
  readonly signal: AbortSignal
}

/** Aliyun's record lags a few seconds behind what it accepted. */
const LAG_MS = 10_000
const PAGE = 50
const DAY_MS = 86_400_000
/** What is older it does not tell; the two days left are for clocks, and for the day that has begun. */
const MAX_AGE_MS = 28 * DAY_MS
/** Aliyun's days are China's, which knows no summer time. */
const CHINA_OFFSET_MS = 8 * 3_600_000
/** By how much the clock of whoever sent it may have been ahead: Aliyun takes no signature of a clock further off. */
const CLOCK_MS = 15 * 60_000

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
  if (now - triedAt > MAX_AGE_MS) {
    throw new NotifyError('UNAVAILABLE', 'Aliyun does not remember what it accepted 30 days ago')
  }
  const asked = new Set<number>()
  for (let day = nextDay(question, asked); day !== undefined; day = nextDay(question, asked)) {
    if (await hasOn(day, question)) return true
    asked.add(day)
  }
  return false
}

/** The first day on which it may have been sent and that was not asked for, by Aliyun's clock as far as it is known by now. */
function nextDay({ triedAt, now, skewMs }: AliyunQuestion, asked: ReadonlySet<number>): number | undefined {
  const last = dayOf(now + skewMs())
  for (let day = dayOf(triedAt + skewMs() - CLOCK_MS); day <= last; day += 1) {
    if (!asked.has(day)) return day
  }
  return undefined
}

async function hasOn(day: number, question: AliyunQuestion): Promise<boolean> {
  const { client, phoneNumber, outId, signal } = question
  const sendDate = new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  let seen = 0
  for (let currentPage = 1; ; currentPage += 1) {
    const fields = { phoneNumber, sendDate, pageSize: PAGE, currentPage }
    const { outIds, total } = await client.querySendDetails(fields, signal)
    if (outIds.includes(outId)) return true
    seen += outIds.length
    if (seen >= total) return false
    if (outIds.length === 0) {
      throw new NotifyError('UNAVAILABLE', 'Aliyun counts more messages than it lists, so one may be missing')
    }
  }
}

/** In China, since 1970-01-01. */
function dayOf(at: number): number {
  return Math.floor((at + CHINA_OFFSET_MS) / DAY_MS)
}
