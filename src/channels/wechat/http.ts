/** POSTs JSON through axios, and adds what axios lacks: it knows whether the request was written, and keeps its errors to itself. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { AxiosInstance } from 'axios'
import type { Clock } from '../../core/clock.ts'
import { loadPeer } from '../../core/peer.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { TunnelAgent } from './tunnel.ts'

export interface HttpSettings {
  readonly endpoint: string
  readonly proxy?: string | undefined
  readonly ca?: string | undefined
  readonly maxSockets: number
}

export interface HttpReply {
  readonly status: number
  readonly text: string
}

export interface HttpGet {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export interface HttpPost extends HttpGet {
  /** JSON. */
  readonly body: Buffer
}

/** Codes of {@link HttpFailure} for answers that cannot be read. */
export const SWITCHED_PROTOCOLS = 'HTTP_101'
export const REPLY_TOO_LARGE = 'REPLY_TOO_LARGE'

/** No whole answer came. Made of an AxiosError's text and code alone: the rest of it shows the token and the secret. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly code: string
  readonly wasWritten: boolean

  constructor(thrown: unknown, wasWritten: boolean) {
    const { code, message } = thrown as { code?: unknown; message?: unknown }
    const known = typeof code === 'string' ? code : 'UNKNOWN'
    const text = typeof message === 'string' && message !== '' ? message : known
    super(text)
    // axios has no code of its own for it.
    this.code = text.startsWith('maxContentLength ') ? REPLY_TOO_LARGE : known
    this.wasWritten = wasWritten
  }
}

/** How far one request came. */
interface Trace {
  /** Whether a byte of it may have left this machine for the provider. */
  wasWritten: boolean
}

const MAX_REPLY_BYTES = 1 << 20
/** Idle connections are dropped after this long, before the provider's side does and takes a request with it. */
const IDLE_MS = 30_000

export class HttpClient {
  readonly #endpoint: string
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }
  #axios: Promise<AxiosInstance> | undefined

  constructor(settings: HttpSettings, clock: Clock) {
    const { ca, maxSockets, proxy } = settings
    const plain = { keepAlive: true, maxSockets, timeout: IDLE_MS }
    const secure = ca === undefined ? plain : { ...plain, ca }
    this.#endpoint = settings.endpoint
    this.#agents = {
      httpAgent: new HttpAgent(plain),
      httpsAgent: proxy === undefined ? new HttpsAgent(secure) : new TunnelAgent(proxy, secure, clock),
    }
  }

  /** @throws {HttpFailure} where no whole answer came; any status is an answer */
  post({ body, ...call }: HttpPost): Promise<HttpReply> {
    return this.#request('POST', call, body)
  }

  /** @throws {HttpFailure} as {@link post} */
  get(call: HttpGet): Promise<HttpReply> {
    return this.#request('GET', call)
  }

  async #request(
    method: 'GET' | 'POST',
    { path, query = {}, signal }: HttpGet,
    body?: Buffer,
  ): Promise<HttpReply> {
    this.#axios ??= this.#load()
    const axios = await untilAborted(this.#axios, signal)
    const trace: Trace = { wasWritten: false }
    const call = { method, url: path, params: query, data: body, signal, transport: tracedTransport(trace) }
    try {
      const { status, data } = await axios.request<string>(call)
      return { status, text: data }
    } catch (thrown) {
      throw new HttpFailure(thrown, trace.wasWritten)
    }
  }

  close(): void {
    this.#agents.httpAgent.destroy()
    this.#agents.httpsAgent.destroy()
  }

  async #load(): Promise<AxiosInstance> {
    const { default: axios } = await loadPeer('axios', () => import('axios'))
    return axios.create({
      ...this.#agents,
      baseURL: this.#endpoint,
      headers: { 'content-type': 'application/json' },
      // A proxy is the agent's business; without `false` axios takes one from the environment.
      proxy: false,
      maxRedirects: 0,
      maxContentLength: MAX_REPLY_BYTES,
      responseType: 'text',
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      validateStatus: () => true,
    })
  }
}

/** Node's own transport; notes in `trace` when the request can leave. */
function tracedTransport(trace: Trace) {
  return {
    request(options: RequestOptions, onResponse: () => void): ClientRequest {
      const isSecure = options.protocol === 'https:'
      const request = (isSecure ? httpsRequest : httpRequest)(options, onResponse)
      request.once('socket', (socket) => {
        const opened = () => {
          trace.wasWritten = true
        }
        if (request.reusedSocket || isOpen(socket, isSecure)) opened()
        else socket.once(isSecure ? 'secureConnect' : 'connect', opened)
      })
      refuseToSwitch(request)
      return request
    },
  }
}

/** Node ends a request that is answered with HTTP 101 without an error, and axios waits for one. */
function refuseToSwitch(request: ClientRequest): void {
  request.once('upgrade', (_, socket) => {
    socket.destroy()
    const error = new Error('The answer asks for another protocol')
    request.emit('error', Object.assign(error, { code: SWITCHED_PROTOCOLS }))
  })
  // Without an `Upgrade` header it is a whole answer, but HTTP is not spoken on this connection any more.
  request.once('response', ({ statusCode, socket }) => {
    if (statusCode === 101) socket.destroySoon()
  })
}

function isOpen(socket: Socket, isSecure: boolean): boolean {
  if (!isSecure) return !socket.connecting
  return 'secureConnecting' in socket && socket.secureConnecting === false
}
