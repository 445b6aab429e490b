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
import type { FailureCode } from '../../core/failures.ts'
import { notStarted } from '../../core/until-aborted.ts'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** @default none */
  readonly body?: string
}

/** One call, and how far it came. */
export interface WireCall {
  readonly signal: AbortSignal
  /** Whether a byte of its last request may have left this machine. */
  wasWritten: boolean
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Idle connections are dropped before the server drops them: a write into a dead one has an unknown outcome. */
const IDLE_MS = 15_000
const MAX_REPLY_BYTES = 1_048_576

export interface WireInit {
  readonly endpoint: URL
  /** Connections open at once. */
  readonly maxSockets: number
  /** As error texts name it. */
  readonly provider: string
}

export class Wire {
  readonly #provider: string
  readonly #endpoint: URL
  readonly #agent: HttpAgent
  readonly #request: typeof httpRequest

  constructor({ endpoint, maxSockets, provider }: WireInit) {
    this.#provider = provider
    const isSecure = endpoint.protocol === 'https:'
    const options = { keepAlive: true, maxSockets, timeout: IDLE_MS, scheduling: 'lifo' } as const
    this.#endpoint = endpoint
    this.#agent = isSecure ? new HttpsAgent({ ...options, rejectUnauthorized: true }) : new HttpAgent(options)
    this.#request = isSecure ? httpsRequest : httpRequest
  }

  /**
   * Makes one request. Rejects in the turn of the abort, and closes the socket.
   * @throws {NotifyError} UNAVAILABLE, ABORTED or DRIVER_FAILED, not sent until the first byte was written, unknown after
   */
  async send({ method, path, headers, body }: WireRequest, call: WireCall): Promise<WireReply> {
    call.wasWritten = false
    if (call.signal.aborted) throw notStarted()
    const request = this.#request(this.#endpoint, { method, path, headers, agent: this.#agent })
    return exchange({ request, body, provider: this.#provider }, call)
  }

  close(): void {
    this.#agent.destroy()
  }
}

interface Exchange {
  readonly request: ClientRequest
  readonly body: string | undefined
  readonly provider: string
}

function exchange({ request, body, provider }: Exchange, call: WireCall): Promise<WireReply> {
  const { signal } = call
  const failed = (code: FailureCode, cause?: Error) =>
    failure(`The exchange with ${provider} ended`, { code, call, cause })
  return new Promise((resolve, reject) => {
    const fail: Fail = (cause) => {
      reject(signal.aborted ? failed('ABORTED') : failed(codeOf(cause), cause))
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

/** The answer is more than any answer of a provider's. */
class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge'

  constructor() {
    super(`a reply above ${MAX_REPLY_BYTES} bytes`)
  }
}

function read(response: IncomingMessage, resolve: (reply: WireReply) => void, fail: Fail): void {
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

/** Bytes that are no HTTP came from somebody, who may be the provider: that is no outage. */
function codeOf(cause: Error | undefined): FailureCode {
  const isForeign = cause instanceof ReplyTooLarge || wordOf(cause).startsWith('HPE_')
  return isForeign ? 'DRIVER_FAILED' : 'UNAVAILABLE'
}

function wordOf(cause: Error | undefined): string {
  return cause && 'code' in cause ? String(cause.code) : (cause?.message ?? '')
}

interface Failed {
  readonly code: FailureCode
  readonly call: WireCall
  readonly cause: Error | undefined
}

function failure(what: string, { code, call, cause }: Failed): NotifyError {
  const { wasWritten } = call
  const phase = wasWritten ? 'after the request was written' : 'before the request was written'
  const reason = cause ? ` (${wordOf(cause)})` : ''
  const delivery = wasWritten ? 'unknown' : 'not_sent'
  return new NotifyError(code, `${what} ${phase}${reason}`, { cause, delivery })
}
