/** Pushes messages to the connections of a WebSocket hub, in this process or in others that share its broker. */
import * as z from 'zod'
import { nextTurn, systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { MemoryBroker } from './broker/memory-broker.ts'
import { websocketConfig, type WebSocketConfig, type WebSocketConfigInput } from './config.ts'
import { refusal } from './errors.ts'
import { Hub } from './hub.ts'
import { Library } from './library.ts'
import { ConnectionCounter, ConnectRate } from './limits.ts'
import { bind, createPlainServer, unbind, type ListenAddress, type ListenOptions } from './listener.ts'
import { issueToken, type TokenRequest } from './issue-token.ts'
import {
  websocketMessage,
  type WebSocketEnvelope,
  type WebSocketMessage,
  type WebSocketMessageInput,
} from './message.ts'
import { userId } from './names.ts'
import { channelOf, targetOf } from './publication.ts'
import { Sender, type WebSocketReceipt } from './sender.ts'
import { snapshot, type WebSocketStats } from './snapshot.ts'
import { Routes, type RequestHandler } from './sse/routes.ts'
import { ticketRequest, type TicketRequest } from './sse/tickets.ts'
import { Door, type UpgradeServer } from './upgrade.ts'

/** What would be written to the connections. */
export interface WebSocketPreview {
  readonly push: {
    /** `#` and the user, the topic, or `@all`. */
    readonly channel: string
    readonly pub: { readonly data: WebSocketEnvelope }
  }
}

const disconnection = z
  .strictObject({
    user: userId.optional(),
    client: z.string().min(1).optional(),
    tokenId: z.string().min(1).optional(),
  })
  .refine((whom) => Object.values(whom).filter((value) => value !== undefined).length === 1, {
    message: 'expected exactly one of user, client and tokenId',
  })

/** Whom to disconnect: exactly one of `user`, `client` and `tokenId`. */
export interface Disconnection {
  readonly user?: string
  /** Of one connection. */
  readonly client?: string
  /** `jti` of the token that they showed. */
  readonly tokenId?: string
  /** Whether clients may come back at once. @default false */
  readonly reconnect?: boolean
}

/** What a driver finds around it. */
export interface Surroundings {
  readonly clock?: Clock
  /** @default () => import('ws') */
  readonly loadWs?: () => Promise<unknown>
}

const NOT_SERVING = 'The WebSocket channel serves nobody yet: call attach(server) or listen()'
/** Longer texts stand in no error of ours, and would make a search for them too large. */
const MAX_SECRET_LENGTH = 2_048

export class WebSocketDriver extends Notifier<WebSocketMessageInput, WebSocketMessage, WebSocketReceipt> {
  readonly provider = 'websocket'
  /** The broker knows every message by its id. */
  override readonly deduplicates = true
  /** A second message has the same id, by which the broker drops it, or the client that has shown the first. */
  override readonly onUnknown = 'retry'
  protected readonly schema = websocketMessage
  readonly #config: WebSocketConfig
  readonly #clock: Clock
  readonly #hub: Hub
  readonly #sender: Sender
  readonly #library: Library
  readonly #door: Door
  readonly #routes: Routes
  readonly #detach = new Set<() => void>()
  #ownServer: ReturnType<typeof createPlainServer> | undefined
  #closing: Promise<void> | undefined
  #isReady = false

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  constructor(input: WebSocketConfigInput, { clock = systemClock, loadWs }: Surroundings = {}) {
    super()
    const config = parse(websocketConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.#clock = clock
    this.#hub = new Hub(config, clock, config.broker ?? memoryBroker(config, clock))
    this.#sender = new Sender(this.#hub)
    this.#library = new Library(config.maxInboundBytes, loadWs)
    const counter = new ConnectionCounter(config)
    const rate = new ConnectRate(config, clock)
    const isDraining = () => this.#closing !== undefined
    this.#routes = new Routes({ hub: this.#hub, counter, rate, isDraining })
    this.#door = new Door({
      config,
      library: this.#library,
      ...{ counter, rate, isDraining },
      stats: this.#hub.stats,
      admit: (arrival) => this.#hub.admit(arrival),
      report: (error) => this.#hub.report(error),
    })
  }

  /** Open connections of this process that showed a valid token. */
  get connections(): number {
    return this.#hub.count()
  }

  /** Open connections of one user, in this process. */
  connectionsOf(user: string): number {
    return this.#hub.count(user)
  }

  /** What the hub has counted since it began, and what it holds now. For metrics. */
  stats(): WebSocketStats {
    return snapshot(this.#hub)
  }

  /**
   * Serves WebSockets at `path` of a server that is yours: it is neither started nor closed, and upgrades to
   * other paths are left to others.
   * @throws {NotifyError} INVALID_CONFIG, where that server has one at this path; CLOSED, after {@link close}
   */
  attach(server: UpgradeServer): void {
    this.#open(server)
  }

  /**
   * Serves those who cannot open WebSockets: `GET {path}/sse`, `POST {path}/ticket` and `POST {path}/ack`, of a server
   * that {@link attach} was given too. For `app.use(driver.handle)`; every other request goes to `next`, or is answered
   * with 404 where there is none. {@link listen} needs no call of it.
   */
  readonly handle: RequestHandler = (request, response, next) => this.#routes.handle(request, response, next)

  /**
   * Starts a server of its own.
   * @throws {NotifyError} INVALID_CONFIG, where it listens already or the address cannot be bound; CLOSED, after {@link close}
   */
  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (this.#ownServer) throw new NotifyError('INVALID_CONFIG', 'The WebSocket channel listens already')
    const server = createPlainServer(this.handle)
    const detach = this.#open(server)
    this.#ownServer = server
    try {
      const { address, family, port } = await bind(server, options)
      const host = family === 'IPv6' ? `[${address}]` : address
      return { host: address, port, url: `ws://${host}:${port}${this.#config.path}` }
    } catch (cause) {
      this.#ownServer = undefined
      detach()
      this.#detach.delete(detach)
      throw cause
    }
  }

  /**
   * Closes every connection of a user, of one token (by its `jti`), or one connection, in every process that shares the
   * broker, as when a session is revoked. Clients stay away unless `reconnect` is set.
   * @returns how many there were, in the processes that answered within 250 ms
   */
  async disconnect({ reconnect = false, ...whom }: Disconnection): Promise<number> {
    await this.#hub.start()
    return this.#hub.disconnect(parse(disconnection, whom, 'INVALID_MESSAGE'), reconnect)
  }

  /** Open connections of one user, in the processes that answered within 250 ms. */
  async devicesOf(user: string): Promise<number> {
    await this.#hub.start()
    return this.#hub.nodes.ask({ what: 'count', whom: { user } })
  }

  /**
   * A token for one user's clients, signed with the first of `jwt.keys`.
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong field; INVALID_CONFIG, where the driver has no keys
   */
  issueToken(request: TokenRequest): string {
    return issueToken(request, this.#config.jwt, this.#clock.now())
  }

  /**
   * A ticket to open one event stream with, within 30 s: for pages whose session is known to you, and that are to be
   * shown no token.
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong field; CLOSED, after {@link close}; UNAVAILABLE
   */
  async issueTicket(request: TicketRequest): Promise<string> {
    const bearer = parse(ticketRequest, request, 'INVALID_MESSAGE')
    if (this.#closing) throw refusal('draining', 'The WebSocket channel was closed')
    await this.#hub.start()
    return this.#routes.streams.tickets.issue(bearer)
  }

  /** The channel it goes to: `#` and the user, the topic, or `@all`. */
  override recipients({ to }: WebSocketMessage): readonly string[] {
    return [channelOf(to)]
  }

  override redirected(message: WebSocketMessage, to: string): WebSocketMessage {
    return { ...message, to: targetOf(to) }
  }

  /** Needs neither a server nor anybody connected. */
  override render(message: WebSocketMessage, context: DeliveryContext): Promise<WebSocketPreview> {
    return new Promise((resolve) => {
      const data = JSON.parse(this.#sender.encode(message, context)) as WebSocketEnvelope
      resolve({ push: { channel: channelOf(message.to), pub: { data } } })
    })
  }

  /** It tells the connections of this process alone, whatever the mode. */
  override inSandbox(): this {
    return this
  }

  /** Closes every connection and the server that {@link listen} started. */
  override close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  protected async deliver(message: WebSocketMessage, context: DeliveryContext): Promise<WebSocketReceipt> {
    if (this.#closing) throw refusal('draining', 'The WebSocket channel was closed')
    if (!this.#isReady) await untilAborted(this.#ready(), context.signal)
    return this.#sender.send(message, context)
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The WebSocket channel failed', { cause, delivery: 'unknown' })
  }

  protected override async check(): Promise<void> {
    await this.#ready()
  }

  protected override secrets(message?: WebSocketMessage): string[] {
    const keys = (this.#config.jwt?.keys ?? []).map((key) => key.toString())
    if (!message) return keys
    const { to, title, body, url } = message
    const address: unknown[] = Object.values(to)
    const texts = [...address, title, body, url].filter((text) => typeof text === 'string')
    return [...keys, ...texts.filter((text) => text.length <= MAX_SECRET_LENGTH)]
  }

  #open(server: UpgradeServer): () => void {
    if (!this.#config.server)
      throw refusal('not_serving', 'server: false says that this process serves nobody')
    if (this.#closing) throw refusal('draining', 'The WebSocket channel was closed')
    this.#hub.start().catch((cause: unknown) => this.#hub.report(cause))
    // Others on the same server may give an upgrade up that is not answered soon. Where it cannot be loaded, each says so.
    this.#library.load().catch(() => undefined)
    const detach = this.#door.open(server)
    this.#detach.add(detach)
    return detach
  }

  get #isServing(): boolean {
    return this.#detach.size > 0
  }

  async #ready(): Promise<void> {
    await this.#hub.start()
    if (this.#config.server) {
      await this.#library.load()
      if (!this.#isServing) throw refusal('not_serving', NOT_SERVING)
    }
    // Not before all who waited have gone on: the next send would overtake them.
    nextTurn(() => {
      this.#isReady = true
    })
  }

  async #close(): Promise<void> {
    try {
      await this.#hub.drain()
    } finally {
      for (const detach of this.#detach) detach()
      if (this.#ownServer) await unbind(this.#ownServer)
    }
  }
}

function memoryBroker({ maxHistoryBytes }: WebSocketConfig, clock: Clock): MemoryBroker {
  return new MemoryBroker({ clock, maxBytes: maxHistoryBytes })
}
