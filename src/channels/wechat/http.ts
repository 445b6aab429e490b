/** POSTs JSON through axios, and adds what axios lacks: it knows whether the request was written, and keeps its errors to itself. */
import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import type { AxiosInstance, AxiosProxyConfig } from 'axios'
import { loadPeer } from '../../core/peer.ts'
import { abortable } from './abortable.ts'

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

export interface HttpPost {
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly signal: AbortSignal
}

/** No answer came. Made of an AxiosError's text and code alone: the rest of it shows the token and the secret. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly code: string
  readonly wasWritten: boolean

  constructor(thrown: unknown, wasWritten: boolean) {
    const { code, message } = thrown as { code?: unknown; message?: unknown }
    const known = typeof code === 'string' ? code : 'UNKNOWN'
    super(typeof message === 'string' && message !== '' ? message : known)
    this.code = known
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
  readonly #settings: HttpSettings
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }
  #axios: Promise<AxiosInstance> | undefined

  constructor(settings: HttpSettings) {
    this.#settings = settings
    const { ca, maxSockets } = settings
    const options = { keepAlive: true, maxSockets, timeout: IDLE_MS }
    this.#agents = {
      httpAgent: new HttpAgent(options),
      httpsAgent: new HttpsAgent(ca === undefined ? options : { ...options, ca }),
    }
  }

  /** @throws {HttpFailure} where no whole answer came; any status is an answer */
  async post({ path, query = {}, body, signal }: HttpPost): Promise<HttpReply> {
    this.#axios ??= this.#load()
    const axios = await abortable(this.#axios, signal)
    const trace: Trace = { wasWritten: false }
    const transport = tracedTransport(trace)
    const bytes = Buffer.from(JSON.stringify(body))
    try {
      const { status, data } = await axios.post<string>(path, bytes, { params: query, signal, transport })
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
    const { endpoint, proxy } = this.#settings
    return axios.create({
      ...this.#agents,
      baseURL: endpoint,
      headers: { 'content-type': 'application/json' },
      // Without `false` axios reads a proxy from the environment.
      proxy: proxy === undefined ? false : toAxiosProxy(proxy),
      maxRedirects: 0,
      maxContentLength: MAX_REPLY_BYTES,
      responseType: 'text',
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      validateStatus: () => true,
    })
  }
}

function toAxiosProxy(proxy: string): AxiosProxyConfig {
  const { protocol, hostname, port, username, password } = new URL(proxy)
  const isSecure = protocol === 'https:'
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  return {
    protocol,
    host: hostname,
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    ...(username === '' ? {} : { auth }),
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
      return request
    },
  }
}

function isOpen(socket: Socket, isSecure: boolean): boolean {
  if (!isSecure) return !socket.connecting
  return 'secureConnecting' in socket && socket.secureConnecting === false
}
