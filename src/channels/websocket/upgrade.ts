/** The door: which upgrades of an HTTP server become connections, and how the others are refused. */
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocket, WebSocketServer } from 'ws'
import { NotifyError } from '../../core/errors.ts'
import type { WebSocketConfig } from './config.ts'
import { speaksSubprotocol, type Library } from './library.ts'
import type { ConnectionCounter, ConnectRate, Place } from './limits.ts'
import { clientIp, isOriginAllowed } from './origin.ts'
import { count, type Stats } from './stats.ts'

/** A new WebSocket that nobody has listened to yet. */
export interface Arrival {
  readonly ws: WebSocket
  readonly socket: Duplex
  readonly request: IncomingMessage
  readonly ip: string
  readonly place: Place
}

export interface DoorDependencies {
  readonly config: WebSocketConfig
  readonly library: Library
  readonly counter: ConnectionCounter
  readonly rate: ConnectRate
  readonly stats: Stats
  readonly isDraining: () => boolean
  readonly admit: (arrival: Arrival) => void
  readonly report: (error: unknown) => void
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Servers of `node:http` and `node:https`, and what frameworks wrap around them. */
export interface UpgradeServer {
  on(event: 'upgrade', listener: UpgradeListener): unknown
  off(event: 'upgrade', listener: UpgradeListener): unknown
  listeners(event: 'upgrade'): readonly unknown[]
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

interface Refusal {
  readonly status: 400 | 403 | 404 | 429 | 503
  readonly retryAfterSeconds?: number
}

/** Marks our listeners, so that one server never has two of them for one path. */
const PATH = Symbol.for('notiwire.websocket.path')
const BUSY: Refusal = { status: 503, retryAfterSeconds: 2 }

export class Door {
  readonly #deps: DoorDependencies

  constructor(deps: DoorDependencies) {
    this.#deps = deps
  }

  /**
   * Serves the upgrades of `server` to our path, and no others.
   * @returns how to stop
   * @throws {NotifyError} INVALID_CONFIG, where the path is served already
   */
  open(server: UpgradeServer): () => void {
    const { path } = this.#deps.config
    if (server.listeners('upgrade').some((listener) => servedBy(listener) === path)) {
      throw new NotifyError(
        'INVALID_CONFIG',
        `A WebSocket channel is attached to this server at ${path} already`,
      )
    }
    const listener: UpgradeListener = (request, socket, head) => {
      // Node has taken its own listeners off: an error nobody hears would end the process.
      socket.on('error', () => socket.destroy())
      if (pathOf(request) === path) this.#receive({ request, socket, head })
      else if (isForNobody(request, server, listener)) refuse(socket, { status: 404 })
    }
    server.on('upgrade', Object.assign(listener, { [PATH]: path }))
    return () => void server.off('upgrade', listener)
  }

  #receive(upgrade: Upgrade): void {
    const { config, counter, library } = this.#deps
    const { request, socket } = upgrade
    // It may have ended before a router handed it on; then it would never leave its place.
    if (socket.destroyed || !socket.writable) return void socket.destroy()
    const refusal = this.#refusalOf(request)
    if (refusal) {
      count(this.#deps.stats.refused, refusal.status)
      return refuse(socket, refusal)
    }
    const ip = clientIp(request, config.trustProxy)
    const place = counter.take(ip)
    leaveWith(socket, place)
    const admit = (ws: WebSocket) => this.#deps.admit({ ws, socket, request, ip, place })
    if (library.server) complete(library.server, upgrade, admit)
    else void this.#load(upgrade, admit)
  }

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    const { config, counter, rate, isDraining } = this.#deps
    if (isDraining()) return BUSY
    if (!isOriginAllowed(request, config)) return { status: 403 }
    if (!speaksSubprotocol(request.headers['sec-websocket-protocol'])) return { status: 400 }
    const broken = counter.check(clientIp(request, config.trustProxy))
    // Asked last: what is refused anyway takes nobody's turn.
    if (broken === undefined) return rate.take() ? undefined : BUSY
    return broken === 'ip' ? { ...BUSY, status: 429 } : BUSY
  }

  async #load(upgrade: Upgrade, admit: (ws: WebSocket) => void): Promise<void> {
    try {
      const server = await this.#deps.library.load()
      if (this.#deps.isDraining()) refuse(upgrade.socket, BUSY)
      else complete(server, upgrade, admit)
    } catch (cause) {
      refuse(upgrade.socket, BUSY)
      this.#deps.report(cause)
    }
  }
}

/** A function of its own: what listens in the same scope as others keeps alive all that they know, the request too. */
function leaveWith(socket: Duplex, place: Place): void {
  socket.on('close', () => place.leave())
}

function complete(server: WebSocketServer, upgrade: Upgrade, admit: (ws: WebSocket) => void): void {
  const { request, socket, head } = upgrade
  server.handleUpgrade(request, socket, head, admit)
}

function refuse(socket: Duplex, { status, retryAfterSeconds }: Refusal): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Length: 0',
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ]
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n`)
}

/** Whether all who listen are drivers like us, none of them serves the path, and it falls to us to say so. */
function isForNobody(request: IncomingMessage, server: UpgradeServer, listener: UpgradeListener): boolean {
  const listeners = server.listeners('upgrade')
  const paths = listeners.map(servedBy)
  return listeners[0] === listener && !paths.includes(undefined) && !paths.includes(pathOf(request))
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

function servedBy(listener: unknown): unknown {
  return (listener as { readonly [PATH]?: unknown })[PATH]
}
