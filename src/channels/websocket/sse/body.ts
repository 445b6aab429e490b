/** Reads the JSON of a request's body: not much of it, not for long, and not again where a framework has read it. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../../core/clock.ts'
import { NotifyError } from '../../../core/errors.ts'
import { REFUSAL, Refused } from './refused.ts'

const MAX_BYTES = 8_192
/** For the whole body, in milliseconds. */
const PATIENCE_MS = 5_000
const EXPECTED = 'bad request: expected a body of JSON'

/** As frameworks hand requests on. */
export interface HandledRequest extends IncomingMessage {
  /** The whole path, where a router has cut the beginning off `url`. */
  readonly originalUrl?: string
  /** What a parser made of the body. */
  readonly body?: unknown
}

/** @throws {Refused} where it is too large, too slow, or no JSON; {NotifyError} INVALID_CONFIG, where it is lost */
export async function readBody(request: HandledRequest, clock: Clock): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BYTES) throw new Refused(REFUSAL.tooLarge)
  const body = isParsed(request) ? request.body : await readText(request, clock)
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return body
  if (Buffer.byteLength(body) > MAX_BYTES) throw new Refused(REFUSAL.tooLarge)
  return parseJson(typeof body === 'string' ? body : Buffer.from(body).toString())
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own error quotes the text.
    throw new Refused(REFUSAL.badRequest, { message: EXPECTED })
  }
}

/** Some parsers leave an empty object where they did not read what is not theirs. */
function isParsed({ body, readableDidRead }: HandledRequest): boolean {
  if (body === undefined || body === null) return false
  return readableDidRead || typeof body !== 'object' || Object.keys(body).length > 0
}

function readText(request: HandledRequest, clock: Clock): Promise<string> {
  if (request.readableDidRead || request.readableEnded) {
    const text =
      'The body of the request was read before: leave its result in request.body, or call handle first'
    throw new NotifyError('INVALID_CONFIG', text)
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (end: () => void) => {
      timer.cancel()
      request.off('data', take).off('end', done).off('close', lost)
      // What still comes is thrown away: unread, it would block the connection for the next request.
      request.resume()
      end()
    }
    const refuse = (refused: Refused) => settle(() => reject(refused))
    const take = (chunk: Buffer | string) => {
      size += chunk.length
      if (size > MAX_BYTES) refuse(new Refused(REFUSAL.tooLarge))
      else chunks.push(Buffer.from(chunk))
    }
    const done = () => settle(() => resolve(Buffer.concat(chunks).toString()))
    const lost = () => refuse(new Refused(REFUSAL.badRequest))
    const timer = clock.setTimeout(() => refuse(new Refused(REFUSAL.slow)), PATIENCE_MS)
    request.on('data', take).once('end', done).once('close', lost)
  })
}
