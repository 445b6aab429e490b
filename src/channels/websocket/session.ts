/** What one client has said and may do, from its first frame to its close. */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { CLOSE, type CloseReason } from './close-codes.ts'
import type { WebSocketConfig } from './config.ts'
import type { Connection } from './connection.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Authenticate } from './hooks.ts'
import { CommandRate, type Place } from './limits.ts'
import { COMMAND_ERROR, encodeReply, parseCommand, PONG, type Command, type Reply } from './protocol.ts'
import type { Registry } from './registry.ts'
import type { WheelTimer } from './wheel.ts'

/** Before its token was seen, a client has no business sending more than a token, in bytes. */
const MAX_ANONYMOUS_BYTES = 8_192

/** Carries out one kind of command. */
export type Perform = (session: Session, command: Command) => Promise<void> | void

/** What a session may ask of the hub it belongs to. */
export interface SessionHub {
  readonly config: WebSocketConfig
  readonly clock: Clock
  readonly authenticate: Authenticate
  readonly registry: Registry<Session>
  readonly commands: ReadonlyMap<string, Perform>
  /** Makes a session one of the user's devices, subscribed to `channels`. */
  join(session: Session, user: string, channels: readonly string[]): void
  /** Replaces the session's deadline; undefined for none. */
  setDeadline(session: Session, delayMs: number | undefined, reason: CloseReason): void
  /** Tells the caller what went wrong where no send could fail by it. */
  report(error: unknown): void
}

export interface SessionInit {
  readonly hub: SessionHub
  readonly connection: Connection
  readonly heartbeat: Heartbeat
  readonly place: Place
  readonly headers: IncomingHttpHeaders
  readonly ip: string
}

interface Waiting {
  readonly command: Command
  readonly bytes: number
}

export class Session {
  readonly client = randomUUID()
  readonly connection: Connection
  readonly hub: SessionHub
  readonly ip: string
  readonly place: Place
  /** Subscribed channels, by who subscribed: what the server did, only the server undoes. */
  readonly channels = new Map<string, 'server' | 'client'>()
  /** Until the token was seen; not kept longer, because every connection would keep its request. */
  headers: IncomingHttpHeaders
  /** Undefined until the token was seen. */
  user: string | undefined
  /** First for the token, then until its expiry. */
  deadline: WheelTimer | undefined
  readonly #heartbeat: Heartbeat
  readonly #rate: CommandRate
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #isBusy = false

  constructor({ hub, connection, heartbeat, place, headers, ip }: SessionInit) {
    this.hub = hub
    this.connection = connection
    this.place = place
    this.headers = headers
    this.ip = ip
    this.#heartbeat = heartbeat
    this.#rate = new CommandRate(hub.config, hub.clock)
  }

  /** Takes one frame: commands, one on each line. */
  receive(frame: Buffer, isBinary: boolean): void {
    const isUnsolicited = !this.#heartbeat.isAwaited
    this.#heartbeat.heard()
    if (isBinary || (this.user === undefined && frame.length > MAX_ANONYMOUS_BYTES)) {
      return this.end(CLOSE.badRequest)
    }
    const text = frame.toString()
    if (text === PONG && !isUnsolicited) return
    for (const line of text.trimEnd().split('\n')) if (!this.#take(line)) return
    void this.#work()
  }

  /** Sends a reply; none where the client expects none. */
  answer(command: Command, reply: Reply): void {
    if (command.id > 0) this.connection.write(encodeReply(command.id, reply))
  }

  /** Leaves every channel at once and closes the connection. */
  end(reason: CloseReason): void {
    this.leave()
    this.connection.close(reason)
  }

  /** Frees what the session holds. Safe to call twice. */
  leave(): void {
    this.#heartbeat.stop()
    this.deadline?.cancel()
    this.#waiting.length = 0
    this.#waitingBytes = 0
    for (const channel of this.channels.keys()) this.hub.registry.delete(channel, this)
    this.channels.clear()
  }

  /** @returns whether to go on reading */
  #take(line: string): boolean {
    const command = parseCommand(line)
    if (!command) return this.#stop(CLOSE.badRequest)
    const verdict = this.#rate.take()
    if (verdict === 'flood') return this.#stop(CLOSE.tooManyRequests)
    if (command === PONG) return true
    const bytes = this.#waitingBytes + line.length
    const isTooMuch = bytes > this.hub.config.maxInboundBytes
    // A slow hook must not let a client fill our memory meanwhile.
    if (this.user === undefined && bytes > MAX_ANONYMOUS_BYTES) return this.#stop(CLOSE.badRequest)
    if (verdict === 'refused' || isTooMuch) this.answer(command, { error: COMMAND_ERROR.tooManyRequests })
    else this.#wait({ command, bytes: line.length })
    return true
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#waitingBytes += waiting.bytes
  }

  #next(): Command | undefined {
    const next = this.#waiting.shift()
    if (next) this.#waitingBytes -= next.bytes
    return next?.command
  }

  #stop(reason: CloseReason): false {
    this.end(reason)
    return false
  }

  /** One command after the other: a subscription sent along with the token waits for the token. */
  async #work(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let next = this.#next(); next; next = this.#next()) {
        if (!this.connection.isOpen) return
        const working = this.#perform(next)
        // Only what waits is awaited: most replies are written in the turn their command came.
        if (working) await working
      }
    } catch (cause) {
      this.hub.report(cause)
      this.end(CLOSE.internalError)
    } finally {
      this.#isBusy = false
    }
  }

  #perform(command: Command): Promise<void> | void {
    const isFirst = this.user === undefined
    if (isFirst !== (command.method === 'connect')) return this.end(CLOSE.badRequest)
    const perform = this.hub.commands.get(command.method)
    if (perform) return perform(this, command)
    this.answer(command, { error: COMMAND_ERROR.methodNotFound })
  }
}
