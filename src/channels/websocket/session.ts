/** What one client has said and may do, from its first frame to its close. */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { PushBroker } from '../../core/push-broker.ts'
import type { ChannelRules } from './channel-rules.ts'
import type { Membership, Subscriber } from './channel.ts'
import type { Channels } from './channels.ts'
import { CLOSE, type CloseReason } from './close-codes.ts'
import type { WebSocketConfig } from './config.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Authenticate, EngagementEvent, Identity } from './hooks.ts'
import { CommandRate, ErrorRate, type Place } from './limits.ts'
import type { Link } from './link.ts'
import type { PresenceKeeper } from './presence-keeper.ts'
import {
  COMMAND_ERROR,
  parseCommand,
  PONG,
  rawReplyFrame,
  replyFrame,
  type Command,
  type Reply,
} from './protocol.ts'
import type { Reached } from './reached.ts'
import type { Stats } from './stats.ts'
import type { Subscribing } from './subscribing.ts'
import type { ChannelPermit } from './token.ts'
import type { Wheel, WheelTimer } from './wheel.ts'

/** Before its token was seen, a client has no business sending more than a token, in bytes. */
const MAX_ANONYMOUS_BYTES = 8_192
/** What is left of the request once the token was seen; one for all. */
export const NO_HEADERS: IncomingHttpHeaders = Object.freeze({})
/** Of a client's id: it is shown to others, and must only be unique. */
const CLIENT_ID_BYTES = 12

/** Carries out one kind of command. */
export type Perform = (session: Session, command: Command) => Promise<void> | void

/** What a session may ask of the hub it belongs to. */
export interface SessionHub {
  readonly config: WebSocketConfig
  readonly clock: Clock
  readonly authenticate: Authenticate
  readonly commands: ReadonlyMap<string, Perform>
  readonly broker: PushBroker
  readonly channels: Channels<Session>
  readonly subscribing: Subscribing<Session>
  readonly presence: PresenceKeeper<Session>
  readonly rules: ChannelRules
  readonly stats: Stats
  readonly wheel: Wheel
  /** Name of this node among all that share a broker. */
  readonly node: string
  /** Makes a session one of the user's devices. */
  join(session: Session, identity: Identity): void
  /** The connection ends soon after its token, unless that is renewed. */
  setExpiry(session: Session, identity: Identity): void
  /** What a token for one channel allows; undefined where it is not to be believed. */
  readChannelToken(token: string): ChannelPermit | undefined
  acknowledge(session: Session, reached: readonly Reached[]): Promise<void>
  engage(session: Session, type: EngagementEvent['type'], reached: readonly Reached[]): void
  /** Tells the caller what went wrong where no send could fail by it. */
  report(error: unknown): void
}

export interface SessionInit {
  readonly hub: SessionHub
  readonly link: Link
  /** Absent where the peer cannot answer. */
  readonly heartbeat?: Heartbeat | undefined
  readonly place: Place
  readonly headers: IncomingHttpHeaders
  readonly ip: string
}

interface Waiting {
  readonly command: Command
  readonly bytes: number
}

export class Session implements Subscriber {
  readonly client = randomBytes(CLIENT_ID_BYTES).toString('base64url')
  readonly link: Link
  readonly hub: SessionHub
  readonly ip: string
  readonly place: Place
  readonly memberships = new Map<string, Membership<Session>>()
  /** Until the token was seen; not kept longer, because every connection would keep its request. */
  headers: IncomingHttpHeaders
  /** Undefined until the token was seen. */
  user: string | undefined
  /** As the client calls the device it runs on; empty where it does not. */
  device = ''
  /** Of the token, if it has one. */
  tokenId: string | undefined
  /** First for the token, then until its expiry. */
  deadline: WheelTimer | undefined
  readonly #heartbeat: Heartbeat | undefined
  #rate: CommandRate | undefined
  #errors: ErrorRate | undefined
  #waiting: Waiting[] | undefined
  #waitingBytes = 0
  #isBusy = false
  #isGreeted = false

  constructor({ hub, link, heartbeat, place, headers, ip }: SessionInit) {
    this.hub = hub
    this.link = link
    this.place = place
    this.headers = headers
    this.ip = ip
    this.#heartbeat = heartbeat
  }

  /** Takes one frame: commands, one on each line. */
  receive(frame: Buffer, isBinary: boolean): void {
    const isUnsolicited = this.#heartbeat?.isAwaited !== true
    this.#heartbeat?.heard()
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
    if (command.id > 0) this.link.write(replyFrame(command.id, reply))
    // What the client may try again is no fault of its own.
    if (reply.error && !reply.error.temporary) this.#countError()
  }

  /** Sends a result that is JSON text already. */
  answerRaw(command: Command, result: string): void {
    this.link.write(rawReplyFrame(command.id, command.method, result))
  }

  /** Leaves every channel at once and closes the connection. */
  end(reason: CloseReason): void {
    this.leave()
    this.link.close(reason)
  }

  unsubscribe(channel: string): void {
    const membership = this.memberships.get(channel)
    if (!membership) return
    membership.expiry?.cancel()
    this.memberships.delete(channel)
    this.hub.channels.leave(channel, membership)
    this.hub.presence.left(channel, this)
  }

  /** Calls `run` after so many milliseconds, instead of what was to end the subscription before. */
  setSubscriptionDeadline(channel: string, delayMs: number, run: () => void): void {
    const membership = this.memberships.get(channel)
    if (!membership) return
    membership.expiry?.cancel()
    membership.expiry = this.hub.wheel.after(delayMs, run)
  }

  /** Frees what the session holds. Safe to call twice. */
  leave(): void {
    this.#heartbeat?.stop()
    this.deadline?.cancel()
    this.#waiting = undefined
    this.#waitingBytes = 0
    for (const channel of [...this.memberships.keys()]) this.unsubscribe(channel)
  }

  /** @returns whether to go on reading */
  #take(line: string): boolean {
    const command = parseCommand(line)
    if (!command) return this.#stop(CLOSE.badRequest)
    const verdict = this.#allow()
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

  /** Most clients never send a second command, and need no rate of their own. */
  #allow(): ReturnType<CommandRate['take']> {
    if (this.#rate) return this.#rate.take()
    if (this.#isGreeted) {
      this.#rate = new CommandRate(this.hub.config, this.hub.clock)
      this.#rate.take()
      return this.#rate.take()
    }
    this.#isGreeted = true
    return 'allowed'
  }

  #wait(waiting: Waiting): void {
    this.#waiting ??= []
    this.#waiting.push(waiting)
    this.#waitingBytes += waiting.bytes
  }

  #next(): Command | undefined {
    const next = this.#waiting?.shift()
    if (this.#waiting?.length === 0) this.#waiting = undefined
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
        if (!this.link.isOpen) return
        await this.#attempt(next)
      }
    } catch (cause) {
      this.hub.report(cause)
      this.end(CLOSE.internalError)
    } finally {
      this.#isBusy = false
    }
  }

  async #attempt(command: Command): Promise<void> {
    try {
      const working = this.#perform(command)
      // Only what waits is awaited: most replies are written in the turn their command came.
      if (working) await working
    } catch (cause) {
      // What carries publications between nodes is away for a while: the client may ask again.
      if (!NotifyError.isNotifyError(cause) || cause.code !== 'UNAVAILABLE') throw cause
      this.hub.report(cause)
      this.answer(command, { error: COMMAND_ERROR.internal })
    }
  }

  #perform(command: Command): Promise<void> | void {
    const isFirst = this.user === undefined
    if (isFirst !== (command.method === 'connect')) return this.end(CLOSE.badRequest)
    const perform = this.hub.commands.get(command.method)
    if (perform) return perform(this, command)
    this.answer(command, { error: COMMAND_ERROR.methodNotFound })
  }

  #countError(): void {
    this.#errors ??= new ErrorRate(this.hub.clock)
    if (this.#errors.take()) this.end(CLOSE.tooManyErrors)
  }
}
