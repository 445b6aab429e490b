/** All connections of one process: who is here, who is told, and how all of them leave. */
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Position, Publication, PushBroker } from '../../core/push-broker.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { createAuthenticate } from './auth.ts'
import { ChannelRules } from './channel-rules.ts'
import type { Channel, Membership } from './channel.ts'
import { Channels } from './channels.ts'
import { CLOSE, UNSUBSCRIBE, type CloseReason } from './close-codes.ts'
import { COMMANDS } from './commands.ts'
import { EXPIRY_GRACE_MS } from './commands/connect.ts'
import type { WebSocketConfig } from './config.ts'
import { Connection, type SharedByConnections } from './connection.ts'
import { Deadline } from './deadline.ts'
import { depart } from './departure.ts'
import { readMeta } from './fan-out-meta.ts'
import { Flusher } from './flusher.ts'
import { Heartbeat } from './heartbeat.ts'
import type { ConnectionEvent, EngagementEvent, Identity } from './hooks.ts'
import { EVERYONE, personalChannel } from './names.ts'
import { Nodes, type NodeRequest, type Whom } from './nodes.ts'
import { PresenceKeeper } from './presence-keeper.ts'
import { pushFrame } from './protocol.ts'
import { furthest, type Acknowledger, type Reached } from './reached.ts'
import { NO_HEADERS, Session, type SessionHub, type SessionInit } from './session.ts'
import { count, Stats } from './stats.ts'
import { gapText, Subscribing } from './subscribing.ts'
import { FanOutTally } from './fan-out-tally.ts'
import { readChannelToken, type ChannelPermit } from './token.ts'
import type { Arrival } from './upgrade.ts'
import { Wheel } from './wheel.ts'

const NODE_BYTES = 9

export class Hub implements SessionHub {
  readonly config: WebSocketConfig
  readonly clock: Clock
  readonly broker: PushBroker
  readonly authenticate
  readonly commands = COMMANDS
  readonly node = randomBytes(NODE_BYTES).toString('base64url')
  readonly stats = new Stats()
  readonly wheel: Wheel
  readonly rules: ChannelRules
  readonly channels: Channels<Session>
  readonly subscribing: Subscribing<Session>
  readonly presence: PresenceKeeper<Session>
  readonly nodes: Nodes
  readonly acknowledgements: Acknowledgements
  /** What every line to a client is given, whichever transport it is. */
  readonly shared: SharedByConnections
  readonly #flusher: Flusher
  readonly #sessions = new Set<Session>()
  #arrivals = 0
  #starting: Promise<void> | undefined
  #emptied: (() => void) | undefined

  constructor(config: WebSocketConfig, clock: Clock, broker: PushBroker) {
    this.config = config
    this.clock = clock
    this.broker = broker
    this.authenticate = createAuthenticate(config, clock)
    this.wheel = new Wheel(clock)
    this.rules = new ChannelRules(config)
    this.#flusher = new Flusher(clock)
    this.shared = { limits: config, flusher: this.#flusher, stats: this.stats }
    const report = (error: unknown) => this.report(error)
    const { stats, wheel, rules } = this
    const onGap = this.#tellGap.bind(this)
    this.channels = new Channels({ broker, rules, wheel, stats, onGap, report })
    const { recoverLimit, user } = config
    this.subscribing = new Subscribing({ broker, channels: this.channels, stats, recoverLimit, ...user })
    this.presence = new PresenceKeeper({ broker, channels: this.channels, rules, wheel, report })
    this.acknowledgements = new Acknowledgements({ broker, clock, report })
    const perform = (request: NodeRequest) => this.#perform(request)
    this.nodes = new Nodes({ node: this.node, broker, clock, perform, report })
  }

  /** Listens to the broker. Safe to call again. @throws {NotifyError} UNAVAILABLE */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Listens to a new WebSocket. */
  admit({ ws, socket, request, ip, place }: Arrival): void {
    const link = new Connection({ ws, socket, shared: this.shared })
    const session = this.open({ link, headers: request.headers, ip, place })
    // What was said before leaves before a word of the peer is read: it may be that it closes.
    socket.prependListener('data', () => link.flush())
    ws.on('message', (frame, isBinary) => session.receive(frame as Buffer, isBinary))
    // The library answers a broken frame with its close code; the error says no more than that.
    ws.on('error', () => undefined)
    ws.on('close', (code, reason) => this.remove(session, { code, reason: reason.toString() }))
  }

  /** Begins a session over whatever carries it. To be removed when that has ended. */
  open({ link, headers, ip, place }: Omit<SessionInit, 'hub' | 'heartbeat'>): Session {
    const { pingMs, pongMs, authTimeoutMs } = this.config
    const heartbeat = new Heartbeat(link, this.wheel, { pingMs, pongMs, turn: this.#arrivals++ })
    const session = new Session({ hub: this, link, heartbeat, place, headers, ip })
    this.#sessions.add(session)
    this.#setDeadline(session, authTimeoutMs, CLOSE.stale)
    return session
  }

  /** Where the user has too many devices, the oldest goes. */
  join(session: Session, identity: Identity): void {
    const { user, tokenId } = identity
    const devices = [...this.#membersOf(personalChannel(user))].filter((device) => device.user !== undefined)
    if (devices.length >= this.config.maxConnectionsPerUser) devices[0]?.end(CLOSE.connectionLimit)
    session.user = user
    session.tokenId = tokenId
    session.headers = NO_HEADERS
    session.place.authenticated()
    this.stats.connects++
    this.setExpiry(session, identity)
    this.#tellHook(this.config.onConnect, eventOf(session, user), () => session.end(CLOSE.internalError))
  }

  setExpiry(session: Session, { expiresAt }: Identity): void {
    const delayMs = expiresAt === undefined ? undefined : expiresAt - this.clock.now() + EXPIRY_GRACE_MS
    this.#setDeadline(session, delayMs, CLOSE.expired)
  }

  readChannelToken(token: string): ChannelPermit | undefined {
    const { jwt } = this.config
    return jwt && readChannelToken(token, jwt, this.clock.now())
  }

  async acknowledge(session: Acknowledger, reached: readonly Reached[]): Promise<void> {
    for (const { channel, position } of furthest(reached)) {
      const { history } = this.rules.of(channel)
      if (!history || !session.memberships.has(channel)) continue
      const { device, client, user = '' } = session
      const cursor = await this.broker.acknowledge({ channel, device, position }, history.ttlMs)
      if (!cursor) continue
      this.stats.acknowledged++
      const offset = Math.min(position.offset, cursor.offset)
      this.#tellHook(this.config.onAcknowledged, { client, user, device, channel, offset })
    }
  }

  engage(session: Session, type: EngagementEvent['type'], reached: readonly Reached[]): void {
    const { device, client, user = '' } = session
    for (const { channel, position, messageId } of reached) {
      if (!session.memberships.has(channel)) continue
      const { offset } = position
      this.#tellHook(this.config.onEngagement, { type, client, user, device, channel, offset, messageId })
    }
  }

  /** Ends connections in every process. @returns how many there were, in those that answered */
  disconnect(whom: Whom, reconnect: boolean): Promise<number> {
    return this.nodes.ask({ what: 'disconnect', whom, reconnect })
  }

  /** Open connections of this process that showed a token: all, or those of one user. */
  count(user?: string): number {
    const members = this.#membersOf(user === undefined ? EVERYONE : personalChannel(user))
    return [...members].filter(({ link, user: known }) => known !== undefined && link.isOpen).length
  }

  /** Publications written to connections wait for this many bytes, at the slowest one and in all. */
  buffered(): { readonly max: number; readonly total: number } {
    let max = 0
    let total = 0
    for (const { link } of this.#sessions) {
      max = Math.max(max, link.bufferedBytes)
      total += link.bufferedBytes
    }
    return { max, total }
  }

  get flushOverruns(): number {
    return this.#flusher.overruns
  }

  /** Tells every client to come back later, spread over `drainMs`; resolves when all are gone. */
  async drain(): Promise<void> {
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    if (this.#sessions.size > 0) {
      await depart([...this.#sessions], this.config.drainMs, this.clock)
      if (this.#sessions.size > 0) await emptied
    }
    this.channels.close()
    this.presence.close()
    await this.broker.close()
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

  /** The connection has ended. Safe to call twice. */
  remove(session: Session, told: CloseReason): void {
    session.leave()
    if (!this.#sessions.delete(session)) return
    if (this.#sessions.size === 0) this.#emptied?.()
    const { code, reason } = session.link.ending ?? told
    count(this.stats.disconnects, code)
    if (session.user === undefined) return
    this.#tellHook(this.config.onDisconnect, { ...eventOf(session, session.user), code, reason })
  }

  async #start(): Promise<void> {
    try {
      await this.broker.start(this.node, {
        publication: (publication) => this.#receive(publication),
        acknowledged: (acknowledgement) => this.acknowledgements.heard(acknowledgement),
        control: (message) => this.nodes.hear(message),
        resumed: () => void this.channels.checkAll().catch((cause: unknown) => this.report(cause)),
        failed: (error) => this.report(error),
      })
    } catch (cause) {
      this.#starting = undefined
      throw cause
    }
  }

  #receive(publication: Publication): number {
    this.stats.publications++
    const { except, isDroppable, ask } = readMeta(publication.meta)
    const tally = ask && new FanOutTally(this.clock, (told) => this.nodes.answer(ask[0], ask[1], told))
    const options = { except, isDroppable: isDroppable ?? false, onWritten: tally?.onWritten }
    const queued = this.channels.receive(publication, options)
    tally?.queued(queued)
    return queued
  }

  #perform({ what, whom, reconnect = false }: NodeRequest): number {
    if (what === 'count') return this.count(whom.user)
    const devices = [...this.#find(whom)]
    for (const device of devices) device.end(reconnect ? CLOSE.forceReconnect : CLOSE.forceDisconnect)
    return devices.length
  }

  #find({ user, client, tokenId }: Whom): Iterable<Session> {
    if (user !== undefined) return this.#membersOf(personalChannel(user))
    return [...this.#sessions].filter((session) =>
      client === undefined ? tokenId !== undefined && session.tokenId === tokenId : session.client === client,
    )
  }

  *#membersOf(channel: string): Iterable<Session> {
    for (const { member } of this.channels.get(channel)?.memberships ?? []) yield member
  }

  #tellGap({ by, member }: Membership<Session>, { name }: Channel<Session>, position: Position): void {
    this.stats.unrecovered++
    if (by === 'server') return void member.link.write(pushFrame(name, 'subscribe', gapText(position)))
    member.unsubscribe(name)
    member.link.write(pushFrame(name, 'unsubscribe', JSON.stringify(UNSUBSCRIBE.insufficientState)))
  }

  #setDeadline(session: Session, delayMs: number | undefined, reason: CloseReason): void {
    session.deadline?.cancel()
    const isTimed = delayMs !== undefined && Number.isFinite(delayMs)
    session.deadline = isTimed ? this.wheel.after(delayMs, new Deadline(session, reason)) : undefined
  }

  /** A hook may be asynchronous, though nothing waits for it: what it rejects with must not end the process. */
  #tellHook<Event>(
    hook: ((event: Event) => unknown) | undefined,
    event: Event,
    onFailure: () => void = () => undefined,
  ): void {
    const fail = (cause: unknown) => {
      this.report(cause)
      onFailure()
    }
    try {
      Promise.resolve(hook?.(event)).catch(fail)
    } catch (cause) {
      fail(cause)
    }
  }
}

function eventOf({ client, ip }: Session, user: string): ConnectionEvent {
  return { client, user, ip }
}
