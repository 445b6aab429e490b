/** Reads what Aliyun answered, whatever it is, and turns everything but a yes into an error. */
import { NotifyError, type ProviderReply } from '../../core/errors.ts'
import { rowOf } from './aliyun-errors.ts'
import type { WireReply } from './wire.ts'

export interface AliyunReply {
  readonly status: number
  /** Absent where the answer is not Aliyun's JSON. */
  readonly body: Readonly<Record<string, unknown>> | undefined
  /** Aliyun's word for the outcome; empty where there was none. */
  readonly code: string
  readonly message: string
  readonly requestId: string | undefined
  /** The server's clock, in epoch milliseconds. */
  readonly serverTime: number | undefined
  /** How long to wait, in milliseconds, of a throttled call. */
  readonly retryAfterMs: number | undefined
}

/** Characters kept of codes and ids, and of texts: all are shorter, and end up in error texts. */
const MAX_NAME = 200
const MAX_TEXT = 500
/** Characters looked at of a text: it may be a megabyte long. */
const MAX_READ = 2000

export function readReply({ status, headers, text }: WireReply): AliyunReply {
  const body = parseObject(text)
  const serverTime = Date.parse(String(headers['date']))
  const retryAfterMs = Number.parseInt(String(headers['x-acs-retry-after']), 10)
  return {
    status,
    body,
    code: textOf(body?.['Code']).slice(0, MAX_NAME),
    message: withoutEcho(textOf(body?.['Message'])),
    requestId: textOf(body?.['RequestId']).slice(0, MAX_NAME) || undefined,
    serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    retryAfterMs: Number.isNaN(retryAfterMs) || retryAfterMs < 0 ? undefined : retryAfterMs,
  }
}

export function isAccepted({ status, code }: AliyunReply): boolean {
  return status >= 200 && status < 300 && code === 'OK'
}

const LACKS_PERMISSION = new Set(['isp.RAM_PERMISSION_DENY', 'Forbidden.RAM', 'NoPermission'])

/** The error for an answer that is not a yes to a call of `action`. */
export function refusal(reply: AliyunReply, action: string): NotifyError {
  const { status, code, requestId } = reply
  if (code === '' || code === 'OK') return notUnderstood(reply)
  const row = rowOf(code, status)
  const provider: ProviderReply = { code, message: reply.message, status, ...(requestId && { requestId }) }
  const text = `Aliyun answered ${action} with ${code}: ${reply.message || row.meaning}`
  return new NotifyError(row.code, LACKS_PERMISSION.has(code) ? `${text}; grant dysms:${action}` : text, {
    provider,
    delivery: row.delivery,
    scope: row.scope,
    reason: row.reason,
    retryAfterMs: row.code === 'RATE_LIMITED' ? waitOf(reply) : undefined,
  })
}

/** A proxy's error page, a captive portal, half a reply: nobody knows what became of the message. */
function notUnderstood({ status, code, message, requestId }: AliyunReply): NotifyError {
  const provider = { code: code || `HTTP ${status}`, message, status, ...(requestId && { requestId }) }
  const isServerFailure = status >= 500
  const text =
    code === 'OK'
      ? `Aliyun’s address answered with the code OK and HTTP ${status}, which contradict each other`
      : `Aliyun’s address answered HTTP ${status} without Aliyun’s JSON`
  return new NotifyError(isServerFailure ? 'UNAVAILABLE' : 'DRIVER_FAILED', text, {
    provider,
    delivery: 'unknown',
  })
}

const WAITS: readonly (readonly [RegExp, number])[] = [
  [/分钟级/, 60_000],
  [/小时级/, 3_600_000],
  [/天级/, 86_400_000],
]

/** Frequency limits name their window in the text: 触发分钟级流控Permits:1. */
function waitOf({ message, retryAfterMs }: AliyunReply): number | undefined {
  return retryAfterMs ?? WAITS.find(([window]) => window.test(message))?.[1]
}

/** A refused signature may be answered with all that was signed: the number and the code, encoded twice. */
function withoutEcho(message: string): string {
  const head = message.slice(0, MAX_READ)
  const echo = head.search(/server string to sign/i)
  return (echo === -1 ? head : head.slice(0, echo)).trimEnd().slice(0, MAX_TEXT)
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
