/** Reads what Tencent Cloud answered, whatever it is, and turns everything but a yes into an error. */
import { NotifyError } from '../../core/errors.ts'
import { rowOf } from './tencent-errors.ts'
import type { WireReply } from './wire.ts'

export interface TencentReply {
  readonly status: number
  /** Absent where the answer is not Tencent's JSON. */
  readonly response: Readonly<Record<string, unknown>> | undefined
  readonly requestId: string | undefined
}

/** A code of Tencent's with its text, of the call or of one number. */
interface Word {
  readonly code: string
  readonly message: string
}

/** Characters kept of codes and ids, and of texts: all are shorter, and end up in error texts. */
const MAX_NAME = 200
const MAX_TEXT = 500

export function readReply({ status, text }: WireReply): TencentReply {
  const response = objectOf(objectOf(parseJson(text))?.['Response'])
  return { status, response, requestId: textOf(response?.['RequestId']).slice(0, MAX_NAME) || undefined }
}

/** What SendSms says of the one number it was given: its SerialNo, empty where Tencent gave none. */
export function serialNoOf(reply: TencentReply): string {
  checkCall(reply)
  const set = reply.response?.['SendStatusSet']
  const first = Array.isArray(set) ? objectOf(set[0]) : undefined
  const { code, message } = wordOf(first)
  if (code === '') throw notUnderstood(reply)
  if (code !== 'Ok') throw refusal(reply, { code, message })
  if (!isSuccess(reply)) throw contradiction(reply)
  return textOf(first?.['SerialNo']).slice(0, MAX_NAME)
}

/** @throws {NotifyError} where the answer is none of Tencent's, or refuses the call as a whole */
export function checkCall(reply: TencentReply): void {
  const { response } = reply
  if (!response) throw notUnderstood(reply)
  if (response['Error'] === undefined) return
  const word = wordOf(objectOf(response['Error']))
  throw word.code === '' ? notUnderstood(reply) : refusal(reply, word)
}

/** @throws {NotifyError} where a call that answers with `field` did not */
export function checkAnswer(reply: TencentReply, field: string): void {
  checkCall(reply)
  if (!isSuccess(reply) || !objectOf(reply.response?.[field])) throw notUnderstood(reply)
}

function refusal({ status, requestId }: TencentReply, { code, message }: Word): NotifyError {
  const row = rowOf(code, status)
  const provider = { code, message, status, ...(requestId && { requestId }) }
  return new NotifyError(row.code, `Tencent Cloud answered with ${code}: ${message || row.meaning}`, {
    provider,
    delivery: row.delivery,
    scope: row.scope,
    reason: row.reason,
    retryAfterMs: row.retryAfterMs,
  })
}

/** A proxy's error page, a captive portal, half a reply: nobody knows what became of the message. */
function notUnderstood({ status, requestId }: TencentReply): NotifyError {
  const text = `Tencent’s address answered HTTP ${status} without Tencent’s JSON`
  return unclear({ status, requestId, code: `HTTP ${status}` }, text)
}

function contradiction({ status, requestId }: TencentReply): NotifyError {
  const text = `Tencent’s address answered with the code Ok and HTTP ${status}, which contradict each other`
  return unclear({ status, requestId, code: 'Ok' }, text)
}

type Unclear = Pick<TencentReply, 'status' | 'requestId'> & { readonly code: string }

function unclear({ status, requestId, code }: Unclear, text: string): NotifyError {
  const provider = { code, message: '', status, ...(requestId && { requestId }) }
  return new NotifyError(status >= 500 ? 'UNAVAILABLE' : 'DRIVER_FAILED', text, {
    provider,
    delivery: 'unknown',
  })
}

function isSuccess({ status }: TencentReply): boolean {
  return status >= 200 && status < 300
}

function wordOf(word: Readonly<Record<string, unknown>> | undefined): Word {
  return {
    code: textOf(word?.['Code']).slice(0, MAX_NAME),
    message: textOf(word?.['Message']).trimEnd().slice(0, MAX_TEXT),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
