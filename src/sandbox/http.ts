/** Answers of the inbox's API, and what it reads of requests. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { NotifyError } from '../core/errors.ts'

export class HttpError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface Answer {
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** @default 200 */
  readonly status?: number
}

/** On everything: nothing is guessed, kept by others or told to others. */
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
}
const MAX_BODY = 1_048_576

export function answer(response: ServerResponse, { type, body, headers = {}, status = 200 }: Answer): void {
  response.writeHead(status, { ...ALWAYS, 'content-type': type, ...headers })
  response.end(body)
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  answer(response, { type: 'application/json; charset=utf-8', body: JSON.stringify(value), status })
}

export function answerNothing(response: ServerResponse): void {
  response.writeHead(204, ALWAYS).end()
}

/** Of whatever a handler threw; only our own texts are told. */
export function answerError(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) return void response.destroy()
  const { status, ...error } = toError(cause)
  answerJson(response, { error }, status)
}

function toError(cause: unknown) {
  if (cause instanceof HttpError) return { status: cause.status, code: cause.code, message: cause.message }
  if (NotifyError.isNotifyError(cause)) {
    const { code, message, issues } = cause
    return { status: 400, code, message, ...(issues && { issues }) }
  }
  return { status: 500, code: 'FAILED', message: 'The inbox failed' }
}

/** @throws {HttpError} where it is no JSON object, or too large */
export async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) {
    throw new HttpError(415, 'NOT_JSON', 'Expected a body of the type application/json')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY) throw new HttpError(413, 'TOO_LARGE', `Expected at most ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  return objectOf(Buffer.concat(chunks).toString())
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new HttpError(400, 'NOT_JSON', 'The body is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'NOT_JSON', 'Expected a JSON object')
  }
  return value as Readonly<Record<string, unknown>>
}

/** @throws {HttpError} naming the parameter, where it is not such a number */
export function numberIn(url: URL, name: string, most: number): number | undefined {
  const text = url.searchParams.get(name)
  if (text === null || text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new HttpError(400, 'INVALID_QUERY', `${name}: expected a whole number from 0 to ${most}`)
}

/** @throws {HttpError} naming the parameter, where it is none of the choices */
export function choiceIn<Choice extends string>(
  url: URL,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = url.searchParams.get(name)
  if (text === null || text === '') return undefined
  const found = choices.find((choice) => choice === text)
  if (found !== undefined) return found
  throw new HttpError(400, 'INVALID_QUERY', `${name}: expected one of ${choices.join(', ')}`)
}

export function textIn(url: URL, name: string): string | undefined {
  const text = url.searchParams.get(name)
  return text === null || text === '' ? undefined : text
}
