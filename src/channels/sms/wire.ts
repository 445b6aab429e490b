/** One HTTP exchange that knows at every moment whether the provider could have read the request. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { NotifyError } from '../../core/errors.ts'
import type { Certainty, FailureCode } from '../../core/failures.ts'
import { notStarted } from '../../core/until-aborted.ts'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Idle connections are dropped before the server drops them: a write into a dead one has an unknown outcome. */
const IDLE_MS = 15_000
const MAX_REPLY_BYTES = 1_048_576

export class Wire {
  readonly #endpoint: URL
  readonly #agent: HttpAgent
  readonly #request: typeof httpRequest

  constructor(endpoint: URL, maxSockets: number) {
    const isSecure = endpoint.protocol === 'https:'
    const options = { keepAlive: true, maxSockets, timeout: IDLE_MS, scheduling: 'lifo' } as const
    this.#endpoint = endpoint
    this.#agent = isSecure ? new HttpsAgent({ ...options, rejectUnauthorized: true }) : new HttpAgent(options)
    this.#request = isSecure ? httpsRequest : httpRequest
  }

  /**
   * Sends a request without a body. Rejects in the turn of the abort, and closes the socket.
   * @throws {NotifyError} UNAVAILABLE or ABORTED, not sent until the first byte was written, unknown after
   */
  send({ method, path, headers }: WireRequest, signal: AbortSignal): Promise<WireReply> {
    if (signal.aborted) return Promise.reject(notStarted())
    const request = this.#request(this.#endpoint, { method, path, headers, agent: this.#agent })
    return exchange(request, signal)
  }

  close(): void {
    this.#agent.destroy()
  }
}

function exchange(request: ClientRequest, signal: AbortSignal): Promise<WireReply> {
  return new Promise((resolve, reject) => {
    let delivery: Certainty = 'not_sent'
    const fail = (code: FailureCode, cause?: unknown) => {
      reject(failure(code, delivery, cause))
      request.destroy()
    }
    const abort = () => fail('ABORTED')
    signal.addEventListener('abort', abort, { once: true })
    request.once('close', () => signal.removeEventListener('abort', abort))
    request.on('error', (cause) => fail('UNAVAILABLE', cause))
    request.once('response', (response) => read(response, resolve, fail))
    request.once('socket', (socket) => {
      whenReady(socket, () => {
        delivery = 'unknown'
        request.end()
      })
    })
  })
}

/** Nothing is handed to the socket before it is connected, and its certificate verified. */
function whenReady(socket: Socket, run: () => void): void {
  const isTls = socket instanceof TLSSocket
  const isReady = !socket.connecting && (!isTls || socket.authorized)
  if (isReady) run()
  else socket.once(isTls ? 'secureConnect' : 'connect', run)
}

type Fail = (code: FailureCode, cause?: unknown) => void

function read(response: IncomingMessage, resolve: (reply: WireReply) => void, fail: Fail): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_REPLY_BYTES) fail('DRIVER_FAILED', new Error(`A reply above ${MAX_REPLY_BYTES} bytes`))
    else chunks.push(chunk)
  })
  response.once('error', (cause) => fail('UNAVAILABLE', cause))
  response.once('end', () => {
    const { statusCode: status = 0, headers } = response
    resolve({ status, headers, text: Buffer.concat(chunks).toString() })
  })
}

function failure(code: FailureCode, delivery: Certainty, cause: unknown): NotifyError {
  const phase = delivery === 'not_sent' ? 'before the request was written' : 'after the request was written'
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new NotifyError(code, `The exchange with Aliyun ended ${phase}${reason}`, { cause, delivery })
}
