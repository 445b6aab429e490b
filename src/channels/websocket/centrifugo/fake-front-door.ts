/**
 * What a call meets before the fake's methods: path, verb, key, size, type and form of the body.
 * Sources, read 2026-11-26: https://github.com/centrifugal/centrifugo/blob/master/internal/app/mux.go and
 * https://github.com/centrifugal/centrifugo/blob/master/internal/middleware/auth.go
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isFakeMethod, readRequest, type FakeMethod } from './fake-requests.ts'

/** One call that was let in. */
export interface FakeCall {
  readonly method: FakeMethod
  readonly request: object
}

export interface TurnedAway {
  readonly status: number
  readonly body: string
}

export class FakeFrontDoor {
  readonly #key: Buffer
  readonly #maxBodyBytes: number

  constructor(apiKey: string, maxBodyBytes: number) {
    this.#key = Buffer.from(apiKey)
    this.#maxBodyBytes = maxBodyBytes
  }

  async admit(request: IncomingMessage): Promise<FakeCall | TurnedAway> {
    const body = await readBody(request)
    if (body.length > this.#maxBodyBytes) return turnedAway(413, '<html>413 Request Entity Too Large</html>')
    const method = /^\/api\/(\w+)$/.exec(request.url ?? '')?.[1] ?? ''
    if (!isFakeMethod(method)) return turnedAway(404, '404 page not found')
    if (request.method !== 'POST') return turnedAway(405, '')
    if (!this.#isKey(request.headers['x-api-key'])) return turnedAway(401, '')
    // The real server reads any type; a body of another one is a mistake all the same.
    if (request.headers['content-type'] !== 'application/json') return turnedAway(415, '')
    const fields = readRequest(method, body.toString())
    return fields ? { method, request: fields } : turnedAway(400, 'Bad Request')
  }

  #isKey(shown: string | string[] | undefined): boolean {
    const key = Buffer.from(String(shown))
    return key.length === this.#key.length && timingSafeEqual(key, this.#key)
  }
}

/** The HTTP status of an error in transport mode. Source: `MapErrorToHTTPCode` of internal/apiproto/errors.go. */
export function statusOf(code: number): number {
  if (code === 102 || code === 104) return 404
  return code === 107 || code === 108 ? 400 : 500
}

function turnedAway(status: number, body: string): TurnedAway {
  return { status, body }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
