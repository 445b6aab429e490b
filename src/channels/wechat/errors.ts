/**
 * WeChat's errcodes in our words. A code missing here is DRIVER_FAILED, never a guess. Read 2026-11-23:
 * https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage
 * https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.md
 * https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
 * https://tencentcloud.com/document/product/1219/67648 (43107, 43108, 45168)
 */
import type { ErrorRow, ErrorTable } from '../../core/error-table.ts'
import { NotifyError, type ProviderReply } from '../../core/errors.ts'
import { REPLY_TOO_LARGE, SWITCHED_PROTOCOLS, type HttpFailure, type HttpReply } from './http.ts'
import type { WechatReply } from './reply.ts'

export const ERRORS: ErrorTable = {
  '-1': { code: 'UNAVAILABLE', meaning: 'system busy, try later', delivery: 'not_sent', retryAfterMs: 1_000 },
  '40001': { code: 'UNAUTHORIZED', meaning: 'access token not the latest, or app secret wrong' },
  '40003': { code: 'RECIPIENT_REJECTED', meaning: 'not an openid of this account', reason: 'invalid' },
  '40013': { code: 'UNAUTHORIZED', meaning: 'app id unknown' },
  '40014': { code: 'UNAUTHORIZED', meaning: 'access token malformed or expired' },
  '40035': { code: 'INVALID_MESSAGE', meaning: 'a parameter is not valid' },
  '40037': { code: 'CONTENT_REJECTED', meaning: 'template id not in this account' },
  '40125': { code: 'UNAUTHORIZED', meaning: 'app secret wrong' },
  '40164': { code: 'UNAUTHORIZED', meaning: 'this server’s IP address is not in the account’s allow-list' },
  '40165': { code: 'CONTENT_REJECTED', meaning: 'mini-program page path not valid' },
  '40243': { code: 'UNAUTHORIZED', meaning: 'app secret frozen' },
  '41002': { code: 'INVALID_CONFIG', meaning: 'app id missing' },
  '41004': { code: 'INVALID_CONFIG', meaning: 'app secret missing' },
  '41028': { code: 'CONTENT_REJECTED', meaning: 'form id wrong or expired (retired template messages)' },
  '41029': { code: 'CONTENT_REJECTED', meaning: 'form id already used (retired template messages)' },
  '41030': { code: 'CONTENT_REJECTED', meaning: 'page does not exist in the published mini-program' },
  '42001': { code: 'UNAUTHORIZED', meaning: 'access token expired' },
  '43004': {
    code: 'RECIPIENT_REJECTED',
    meaning: 'the user does not follow the account',
    reason: 'unsubscribed',
  },
  '43101': {
    code: 'RECIPIENT_REJECTED',
    meaning: 'the user did not subscribe to this template, or the one-time subscription is used up',
    reason: 'unsubscribed',
  },
  '43107': { code: 'UNAUTHORIZED', meaning: 'the account is banned from subscribe messages' },
  '43108': {
    code: 'RATE_LIMITED',
    meaning: 'too many sends to this user at the same moment',
    scope: 'recipient',
  },
  '43116': { code: 'CONTENT_REJECTED', meaning: 'the template is banned' },
  '43117': { code: 'RATE_LIMITED', meaning: 'messages to this user come too often', scope: 'recipient' },
  '44002': { code: 'INVALID_MESSAGE', meaning: 'the body is empty' },
  '45009': {
    code: 'QUOTA_EXHAUSTED',
    meaning: 'the quota of the day is used up; it refills at 00:00 in China',
  },
  '45011': { code: 'RATE_LIMITED', meaning: 'the quota of the minute is used up', retryAfterMs: 60_000 },
  '45029': { code: 'RATE_LIMITED', meaning: 'called too often', retryAfterMs: 60_000 },
  '45103': { code: 'INVALID_CONFIG', meaning: 'mini-program template messages were retired in January 2020' },
  '45109': { code: 'INVALID_CONFIG', meaning: 'uniform messages were retired in September 2023' },
  '45168': { code: 'CONTENT_REJECTED', meaning: 'a value contains a sensitive word' },
  '47001': { code: 'INVALID_MESSAGE', meaning: 'the body is not the JSON that is expected' },
  '47003': { code: 'CONTENT_REJECTED', meaning: 'a field is missing or breaks its keyword’s format' },
  '48001': { code: 'UNAUTHORIZED', meaning: 'the account has no permission for this interface' },
  '48004': { code: 'UNAUTHORIZED', meaning: 'the interface is banned for this account' },
  '50001': { code: 'UNAUTHORIZED', meaning: 'the account has not authorised this interface' },
  '50002': { code: 'UNAUTHORIZED', meaning: 'the account is limited, frozen or closed' },
}

/** A rejected token was never used: the message can be sent again with another one. */
export const STALE_TOKEN: ReadonlySet<number> = new Set([40001, 40014, 42001])

const DAY_MS = 86_400_000
const CHINA_OFFSET_MS = 8 * 3_600_000

/** The error for an errcode other than 0. `now` is epoch milliseconds. */
export function fromVerdict(reply: WechatReply, status: number, now: number): NotifyError {
  const code = String(reply.errcode)
  const row = rowOf(code)
  const field = refusedField(reply)
  const meaning = field ? `${field} is missing or breaks its format` : row.meaning
  return new NotifyError(row.code, `WeChat answered ${code}: ${meaning}`, {
    provider: toProviderReply(reply, status),
    reason: row.reason,
    delivery: row.delivery,
    scope: row.scope,
    retryAfterMs: code === '45009' ? untilMidnightInChina(now) : row.retryAfterMs,
    issues: field ? [{ path: field, message: 'refused by WeChat' }] : undefined,
  })
}

const UNLISTED: ErrorRow = { code: 'DRIVER_FAILED', meaning: 'a code that this driver does not know' }

function rowOf(code: string): ErrorRow {
  return (Object.hasOwn(ERRORS, code) ? ERRORS[code] : undefined) ?? UNLISTED
}

function toProviderReply({ errcode, errmsg, rid }: WechatReply, status: number): ProviderReply {
  const reply = { code: String(errcode), message: errmsg, status }
  return rid === undefined ? reply : { ...reply, requestId: rid }
}

/** The field that a 47003 names, as the caller's message names it. */
function refusedField({ errcode, errmsg }: WechatReply): string | undefined {
  return errcode === 47003 ? /\bdata\.\w{1,64}/.exec(errmsg)?.[0] : undefined
}

function untilMidnightInChina(now: number): number {
  return DAY_MS - ((now + CHINA_OFFSET_MS) % DAY_MS)
}

/** The error for an answer that is not WeChat's. A gateway may have failed after WeChat accepted. */
export function fromForeignReply({ status }: HttpReply): NotifyError {
  const provider = { code: `HTTP ${status}`, message: 'not a reply of the WeChat API', status }
  const isOutage = status >= 500
  const text = `WeChat answered HTTP ${status}, and not as its API does`
  return new NotifyError(isOutage ? 'UNAVAILABLE' : 'DRIVER_FAILED', text, { provider, delivery: 'unknown' })
}

/** The error for an answer that cannot be read, or none at all. */
export function fromFailure(failure: HttpFailure): NotifyError {
  const { code, wasWritten } = failure
  if (code === SWITCHED_PROTOCOLS) return fromForeignReply({ status: 101, text: '' })
  const unread = unreadable(code)
  const none = wasWritten
    ? 'The connection to WeChat failed before an answer came'
    : 'WeChat could not be reached'
  return new NotifyError(unread ? 'DRIVER_FAILED' : 'UNAVAILABLE', `${unread ?? none}: ${code}`, {
    cause: failure,
    delivery: wasWritten ? 'unknown' : 'not_sent',
  })
}

/** What is wrong with the answer that came; nothing where none did. */
function unreadable(code: string): string | undefined {
  if (code === REPLY_TOO_LARGE) return 'WeChat’s answer is larger than the driver reads'
  return code.startsWith('HPE_') ? 'The answer to the request is no HTTP' : undefined
}
