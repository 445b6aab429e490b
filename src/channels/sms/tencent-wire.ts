/** One HTTP POST that knows at every moment whether the provider could have read the request. */
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
import type { FailureCode } from '../../core/failures.ts'
import { notStarted } from '../../core/until-aborted.ts'
import type { WireCall, WireReply } from './wire.ts'

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Idle connections are dropped before the server drops them: a write into a dead one has an unknown outcome. */
const IDLE_MS = 15_000
const MAX_REPLY_BYTES = 1_048_576

export class TencentWire {
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
   * Posts to the root. Rejects in the turn of the abort, and closes the socket.
   * @throws {NotifyError} UNAVAILABLE, ABORTED or DRIVER_FAILED, not sent until the first byte was written, unknown after
   */
  async post({ headers, body }: PostRequest, call: WireCall): Promise<WireReply> {
    call.wasWritten = false
    if (call.signal.aborted) throw notStarted()
    const request = this.#request(this.#endpoint, { method: 'POST', path: '/', headers, agent: this.#agent })
    return exchange(request, body, call)
  }

  close(): void {
    this.#agent.destroy()
  }
}

function exchange(request: ClientRequest, body: string, call: WireCall): Promise<WireReply> {
  const { signal } = call
  return new Promise((resolve, reject) => {
    const fail: Fail = (cause) => {
      reject(signal.aborted ? failure('ABORTED', call) : failure(codeOf(cause), call, cause))
      request.destroy()
    }
    const abort = () => fail()
    let hasAnswer = false
    signal.addEventListener('abort', abort, { once: true })
    request.once('close', () => {
      signal.removeEventListener('abort', abort)
      if (!hasAnswer) fail(new Error('closed without an answer'))
    })
    request.on('error', fail)
    request.once('response', (response) => {
      hasAnswer = true
      // HTTP is not spoken on this connection any more, with an Upgrade header or without.
      if (response.statusCode === 101) response.socket.destroySoon()
      read(response, resolve, fail)
    })
    request.once('upgrade', ({ statusCode = 0, headers }, socket) => {
      socket.destroy()
      resolve({ status: statusCode, headers, text: '' })
    })
    request.once('socket', (socket) => {
      whenReady(socket, () => {
        call.wasWritten = true
        request.end(body)
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

type Fail = (cause?: Error) => void

/** The answer is more than any answer of Tencent's. */
class OversizedReply extends Error {
  override readonly name = 'OversizedReply'

  constructor() {
    super(`a reply above ${MAX_REPLY_BYTES} bytes`)
  }
}

function read(response: IncomingMessage, resolve: (reply: WireReply) => void, fail: Fail): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_REPLY_BYTES) fail(new OversizedReply())
    else chunks.push(chunk)
  })
  response.once('error', fail)
  response.once('end', () => {
    const { statusCode: status = 0, headers } = response
    resolve({ status, headers, text: Buffer.concat(chunks).toString() })
  })
}

/** Bytes that are no HTTP came from somebody, who may be Tencent: that is no outage. */
function codeOf(cause: Error | undefined): FailureCode {
  const isForeign = cause instanceof OversizedReply || wordOf(cause).startsWith('HPE_')
  return isForeign ? 'DRIVER_FAILED' : 'UNAVAILABLE'
}

function wordOf(cause: Error | undefined): string {
  return cause && 'code' in cause ? String(cause.code) : (cause?.message ?? '')
}

function failure(code: FailureCode, { wasWritten }: WireCall, cause?: Error): NotifyError {
  const phase = wasWritten ? 'after the request was written' : 'before the request was written'
  const reason = cause ? ` (${wordOf(cause)})` : ''
  const delivery = wasWritten ? 'unknown' : 'not_sent'
  return new NotifyError(code, `The exchange with Tencent ended ${phase}${reason}`, { cause, delivery })
}
