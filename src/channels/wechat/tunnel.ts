/** Keeps TLS connections through an HTTP proxy. axios's own tunnel opens one per request, and never ends if the proxy hangs up. */
import { request as httpRequest, type ClientRequest } from 'node:http'
import { Agent, request as httpsRequest, type AgentOptions, type RequestOptions } from 'node:https'
import { isIPv6, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls'
import type { Clock } from '../../core/clock.ts'

const TUNNEL_TIMEOUT_MS = 10_000

type Opened = (error: Error | null, socket: Duplex) => void

export class TunnelAgent extends Agent {
  readonly #proxy: URL
  readonly #clock: Clock
  readonly #opening = new Set<ClientRequest>()

  constructor(proxy: string, options: AgentOptions, clock: Clock) {
    super(options)
    this.#proxy = new URL(proxy)
    this.#clock = clock
  }

  /** Called by Node for each connection that the pool lacks. */
  override createConnection(options: RequestOptions, opened?: Opened): undefined {
    const { host, port } = options
    this.#open(host ?? '', Number(port)).then(
      (socket) => opened?.(null, tlsConnect({ ...(options as ConnectionOptions), socket })),
      // Node reads no socket where there is an error.
      (error: unknown) => (opened as ((error: unknown) => void) | undefined)?.(error),
    )
  }

  override destroy(): void {
    for (const request of this.#opening) request.destroy()
    super.destroy()
  }

  async #open(host: string, port: number): Promise<Socket> {
    const request = this.#request(`${isIPv6(host) ? `[${host}]` : host}:${port}`)
    const timer = this.#clock.setTimeout(() => {
      request.destroy(failure('PROXY_TIMED_OUT', `The proxy opened no tunnel within ${TUNNEL_TIMEOUT_MS} ms`))
    }, TUNNEL_TIMEOUT_MS)
    this.#opening.add(request)
    try {
      return await tunnelOf(request)
    } finally {
      timer.cancel()
      this.#opening.delete(request)
    }
  }

  #request(target: string): ClientRequest {
    const { protocol, hostname, port, username, password } = this.#proxy
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
    const isSecure = protocol === 'https:'
    return (isSecure ? httpsRequest : httpRequest)({
      method: 'CONNECT',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isSecure ? 443 : 80) : port,
      path: target,
      headers: {
        host: target,
        ...(username === '' ? {} : { 'proxy-authorization': `Basic ${login.toString('base64')}` }),
      },
      agent: false,
    })
  }
}

function tunnelOf(request: ClientRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    request.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket)
      socket.destroy()
      reject(failure(`PROXY_HTTP_${statusCode}`, `The proxy refused the tunnel with HTTP ${statusCode}`))
    })
    request.once('error', reject)
    request.end()
  })
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
