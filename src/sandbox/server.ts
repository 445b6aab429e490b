/** The inbox over HTTP: its page, its API and its stream of events. Answers this machine alone, unless told otherwise. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { NotifyError } from '../core/errors.ts'
import { isLoopback } from '../core/loopback.ts'
import { answerError, HttpError } from './http.ts'
import type { Route } from './route.ts'

export interface InboxServerInit {
  readonly host: string
  readonly port: number
  /** Names besides loopback's by which the server may be called. */
  readonly hostNames: readonly string[]
  readonly routes: readonly Route[]
}

export class InboxServer {
  readonly #init: InboxServerInit
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port = 0

  constructor(init: InboxServerInit) {
    this.#init = init
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  get url(): string {
    const { host } = this.#init
    const shown = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
    return `http://${shown.includes(':') ? `[${shown}]` : shown}:${this.#port}`
  }

  /** @throws {NotifyError} INVALID_CONFIG, where the address cannot be bound */
  async listen(): Promise<void> {
    const { host, port } = this.#init
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new NotifyError('INVALID_CONFIG', `The inbox cannot listen on ${host}:${port}`, { cause }))
      })
      this.#server.listen(port, host, resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      this.#admit(request)
      const url = new URL(request.url ?? '/', 'http://inbox')
      const { route, params } = this.#routeOf(request.method ?? 'GET', url.pathname)
      await route.handle({ request, response, url, params })
    } catch (cause) {
      answerError(response, cause)
    }
  }

  /** A page elsewhere may have its name resolve to this machine, or post to it: neither gets an answer. */
  #admit({ headers, method = 'GET' }: IncomingMessage): void {
    const host = nameOf(headers.host ?? '')
    if (!this.#isOurs(host)) throw new HttpError(421, 'WRONG_HOST', 'The inbox is not called by this name')
    if (['GET', 'HEAD'].includes(method)) return
    const { origin } = headers
    const isForeign =
      origin !== undefined && !(URL.canParse(origin) && this.#isOurs(nameOf(new URL(origin).host)))
    const isCrossSite = ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site'] ?? ''))
    if (isForeign || isCrossSite)
      throw new HttpError(403, 'WRONG_ORIGIN', 'Only the inbox’s own page may do this')
  }

  #isOurs(host: string): boolean {
    return isLoopback(host) || host === this.#init.host || this.#init.hostNames.includes(host)
  }

  #routeOf(method: string, path: string): { readonly route: Route; readonly params: readonly string[] } {
    const found = this.#init.routes.flatMap((route) => {
      const match = route.path.exec(path)
      return match ? [{ route, params: match.slice(1).map(decoded) }] : []
    })
    if (found.length === 0) throw new HttpError(404, 'NOT_FOUND', 'There is nothing here')
    const right = found.find(({ route }) => route.method === method)
    if (!right)
      throw new HttpError(
        405,
        'WRONG_METHOD',
        `Expected ${found.map(({ route }) => route.method).join(' or ')}`,
      )
    return right
  }
}

/** Without its port. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpError(404, 'NOT_FOUND', 'There is nothing here')
  }
}
