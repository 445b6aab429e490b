/** All connections of one process: who is here, who is told, and how all of them leave. */
import type { Clock } from '../../core/clock.ts'
import { createAuthenticate } from './auth.ts'
import { CLOSE, type CloseReason } from './close-codes.ts'
import { COMMANDS } from './commands.ts'
import type { WebSocketConfig } from './config.ts'
import { Connection } from './connection.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Authenticate, ConnectionEvent } from './hooks.ts'
import { EVERYONE, personalChannel } from './names.ts'
import { Registry } from './registry.ts'
import { Session, type SessionHub } from './session.ts'
import type { Arrival } from './upgrade.ts'
import { Wheel } from './wheel.ts'

export class Hub implements SessionHub {
  readonly config: WebSocketConfig
  readonly clock: Clock
  readonly authenticate: Authenticate
  readonly commands = COMMANDS
  readonly registry = new Registry<Session>()
  readonly #wheel: Wheel
  readonly #sessions = new Set<Session>()
  #arrivals = 0
  #emptied: (() => void) | undefined

  constructor(config: WebSocketConfig, clock: Clock) {
    this.config = config
    this.clock = clock
    this.authenticate = createAuthenticate(config, clock)
    this.#wheel = new Wheel(clock)
  }

  /** Listens to a new WebSocket. */
  admit({ ws, socket, request, ip, place }: Arrival): void {
    const { pingMs, pongMs, authTimeoutMs, maxBufferedBytes } = this.config
    const connection = new Connection(ws, socket, maxBufferedBytes)
    const heartbeat = new Heartbeat(connection, this.#wheel, { pingMs, pongMs, turn: this.#arrivals++ })
    const session = new Session({ hub: this, connection, heartbeat, place, headers: request.headers, ip })
    this.#sessions.add(session)
    this.setDeadline(session, authTimeoutMs, CLOSE.stale)
    ws.on('message', (frame, isBinary) => session.receive(frame as Buffer, isBinary))
    // The library answers a broken frame with its close code; the error says no more than that.
    ws.on('error', () => undefined)
    ws.once('close', (code, reason) => this.#remove(session, { code, reason: reason.toString() }))
  }

  /** Where the user has too many devices, the oldest goes. */
  join(session: Session, user: string, channels: readonly string[]): void {
    const devices = this.registry.members(personalChannel(user))
    if (devices.size >= this.config.maxConnectionsPerUser) {
      const [oldest] = devices
      oldest?.end(CLOSE.connectionLimit)
    }
    session.user = user
    session.headers = {}
    session.place.authenticated()
    for (const channel of channels) {
      session.channels.set(channel, 'server')
      this.registry.add(channel, session)
    }
    const told: unknown = this.config.onConnect?.(eventOf(session, user))
    this.#heed(told, () => session.end(CLOSE.internalError))
  }

  setDeadline(session: Session, delayMs: number | undefined, reason: CloseReason): void {
    session.deadline?.cancel()
    session.deadline =
      delayMs !== undefined && Number.isFinite(delayMs)
        ? this.#wheel.after(delayMs, () => session.end(reason))
        : undefined
  }

  /** @returns to how many connections the frame was written */
  publish(channel: string, frame: Buffer): number {
    let written = 0
    for (const session of this.registry.members(channel)) if (session.connection.write(frame)) written++
    return written
  }

  /** @returns how many connections the user had */
  disconnect(user: string, reason: CloseReason): number {
    const devices = [...this.registry.members(personalChannel(user))]
    for (const device of devices) device.end(reason)
    return devices.length
  }

  /** Open connections that showed a token: all, or those of one user. */
  count(user?: string): number {
    const sessions = this.registry.members(user === undefined ? EVERYONE : personalChannel(user))
    return [...sessions].filter(({ connection }) => connection.isOpen).length
  }

  /** Tells every client to come back later, spread over `drainMs`; resolves when all are gone. */
  async drain(): Promise<void> {
    if (this.#sessions.size === 0) return
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    const stepMs = this.config.drainMs / this.#sessions.size
    const timers = [...this.#sessions].map((session, turn) => {
      const delayMs = Math.floor(turn * stepMs)
      if (delayMs === 0) return session.end(CLOSE.shutdown)
      return this.#wheel.after(delayMs, () => session.end(CLOSE.shutdown))
    })
    await emptied
    for (const timer of timers) timer?.cancel()
  }

  report(error: unknown): void {
    try {
      const told: unknown = this.config.onError?.(error)
      // Nobody is left to be told what went wrong with telling.
      Promise.resolve(told).catch(() => undefined)
    } catch {
      // Nor here.
    }
  }

  /** A hook may be asynchronous, though nothing waits for it: what it rejects with must not end the process. */
  #heed(told: unknown, onFailure: () => void = () => undefined): void {
    Promise.resolve(told).catch((cause: unknown) => {
      this.report(cause)
      onFailure()
    })
  }

  #remove(session: Session, told: CloseReason): void {
    session.leave()
    this.#sessions.delete(session)
    if (this.#sessions.size === 0) this.#emptied?.()
    if (session.user === undefined) return
    const { code, reason } = session.connection.ending ?? told
    try {
      this.#heed(this.config.onDisconnect?.({ ...eventOf(session, session.user), code, reason }))
    } catch (cause) {
      this.report(cause)
    }
  }
}

function eventOf({ client, ip }: Session, user: string): ConnectionEvent {
  return { client, user, ip }
}
