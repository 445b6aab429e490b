/**
 * Reads the server's answers, in both of its error modes. They are foreign bytes: HTML pages and truncated JSON do come.
 * Source: https://centrifugal.dev/docs/server/server_api#transport-error-mode (read 2026-11-26).
 */
import * as z from 'zod'
import type { Position } from '../../../core/push-broker.ts'
import type { HttpReply } from './http.ts'

export interface ApiReply {
  readonly status: number
  /** Present where the server said yes. */
  readonly result: unknown
  /** Present where the server said no. */
  readonly error: ApiError | undefined
  readonly retryAfterMs: number | undefined
}

export interface ApiError {
  readonly code: number
  readonly message: string
}

/** The server's own are short; a gateway's may be a page. */
const MAX_MESSAGE = 500
/** Of a wait no more than an hour is believed, in seconds. */
const MAX_RETRY_AFTER_S = 3_600

const apiError = z.object({ code: z.int().positive(), message: z.string().catch('') })
const answer = z.object({ error: apiError.nullish(), result: z.looseObject({}).nullish() })

export function readReply({ status, headers, text }: HttpReply): ApiReply {
  const retryAfterMs = retryAfterOf(headers['retry-after'])
  const value = parseJson(text)
  const { data } = answer.safeParse(value)
  // In transport mode the error itself is the answer.
  const error = data?.error ?? (isSuccess(status) ? undefined : apiError.safeParse(value).data)
  const result = error || !isSuccess(status) ? undefined : (data?.result ?? undefined)
  return { status, result, error: error && shortened(error), retryAfterMs }
}

const position = z.object({ offset: z.int().positive(), epoch: z.string().max(200).catch('') })
const stats = z.object({ num_clients: z.int().nonnegative() })
const info = z.object({ nodes: z.array(z.unknown()) })

/** Where the publication is in the channel's history; nothing where none is kept. */
export function positionIn(result: unknown): Position | undefined {
  const { success, data } = position.safeParse(result)
  return success ? { offset: data.offset, epoch: data.epoch } : undefined
}

/** How many connections are subscribed; nothing where the answer does not say. */
export function clientsIn(result: unknown): number | undefined {
  return stats.safeParse(result).data?.num_clients
}

export function hasNodes(result: unknown): boolean {
  return info.safeParse(result).success
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function shortened({ code, message }: ApiError): ApiError {
  return { code, message: message.slice(0, MAX_MESSAGE) }
}

function retryAfterOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,9}$/.test(header)) return undefined
  return Math.min(Number(header), MAX_RETRY_AFTER_S) * 1_000
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
