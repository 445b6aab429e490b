/** Posts JSON to the server, and knows at every moment whether it could have read the request. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { NotifyError } from '../../../core/errors.ts'
import type { FailureCode } from '../../../core/failures.ts'
import { notStarted } from '../../../core/until-aborted.ts'

export interface HttpPost {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface HttpInit {
  readonly endpoint: URL
  /** Connections open at once. */
  readonly maxSockets: number
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined
}

/** Idle connections are dropped before the other side drops them: a write into a dead one has an unknown outcome. */
const IDLE_MS = 15_000
const MAX_REPLY_BYTES = 1_048_576

export class HttpClient {
  readonly #endpoint: URL
  readonly #agent: HttpAgent
  readonly #request: typeof httpRequest
  #isClosed = false

  constructor({ endpoint, maxSockets, ca }: HttpInit) {
    const isSecure = endpoint.protocol === 'https:'
    const options = { keepAlive: true, maxSockets, timeout: IDLE_MS, scheduling: 'lifo' } as const
    const trust = { rejectUnauthorized: true, ...(ca !== undefined && { ca }) }
    this.#endpoint = endpoint
    this.#agent = isSecure ? new HttpsAgent({ ...options, ...trust }) : new HttpAgent(options)
    this.#request = isSecure ? httpsRequest : httpRequest
  }

  /**
   * Makes one request. Rejects in the turn of the abort, and closes the socket.
   * @throws {NotifyError} UNAVAILABLE, ABORTED or DRIVER_FAILED, not sent until the first byte was written, unknown
   * after; CLOSED, after {@link close}
   */
  async post({ path, headers, body, signal }: HttpPost): Promise<HttpReply> {
    if (this.#isClosed)
      throw new NotifyError('CLOSED', 'The Centrifugo channel was closed', { delivery: 'not_sent' })
    if (signal.aborted) throw notStarted()
    const options = { method: 'POST', path, headers: { ...headers, 'content-length': body.length } }
    const request = this.#request(this.#endpoint, { ...options, agent: this.#agent })
    return exchange(request, body, signal)
  }

  close(): void {
    this.#isClosed = true
    this.#agent.destroy()
  }
}

function exchange(request: ClientRequest, body: Buffer, signal: AbortSignal): Promise<HttpReply> {
  let wasWritten = false
  return new Promise((resolve, reject) => {
    const fail: Fail = (cause) => {
      const code = signal.aborted ? 'ABORTED' : codeOf(cause)
      reject(failure({ code, wasWritten, cause: signal.aborted ? undefined : cause }))
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
        wasWritten = true
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

/** The answer is more than any answer of the server's. */
class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge'

  constructor() {
    super(`a reply above ${MAX_REPLY_BYTES} bytes`)
  }
}

function read(response: IncomingMessage, resolve: (reply: HttpReply) => void, fail: Fail): void {
  const chunks: Buffer[] = []
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_REPLY_BYTES) fail(new ReplyTooLarge())
    else chunks.push(chunk)
  })
  response.once('error', fail)
  response.once('end', () => {
    const { statusCode: status = 0, headers } = response
    resolve({ status, headers, text: Buffer.concat(chunks).toString() })
  })
}

/** Bytes that are no HTTP came from somebody, who may be the server: that is no outage. */
function codeOf(cause: Error | undefined): FailureCode {
  const isForeign = cause instanceof ReplyTooLarge || wordOf(cause).startsWith('HPE_')
  return isForeign ? 'DRIVER_FAILED' : 'UNAVAILABLE'
}

function wordOf(cause: Error | undefined): string {
  return cause && 'code' in cause ? String(cause.code) : (cause?.message ?? '')
}

interface Failed {
  readonly code: FailureCode
  readonly wasWritten: boolean
  readonly cause: Error | undefined
}

function failure({ code, wasWritten, cause }: Failed): NotifyError {
  const phase = wasWritten ? 'after the request was written' : 'before the request was written'
  const reason = cause ? ` (${wordOf(cause)})` : ''
  return new NotifyError(code, `The exchange with Centrifugo ended ${phase}${reason}`, {
    cause,
    delivery: wasWritten ? 'unknown' : 'not_sent',
  })
}
