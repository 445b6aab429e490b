/** Pushes messages to the connections of a WebSocket hub in this process. */
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import { CLOSE } from './close-codes.ts'
import { websocketConfig, type WebSocketConfig, type WebSocketConfigInput } from './config.ts'
import { refusal } from './errors.ts'
import { Hub } from './hub.ts'
import { Library } from './library.ts'
import { ConnectionCounter } from './limits.ts'
import { bind, createPlainServer, unbind, type ListenAddress, type ListenOptions } from './listener.ts'
import {
  toEnvelope,
  websocketMessage,
  type WebSocketEnvelope,
  type WebSocketMessage,
  type WebSocketMessageInput,
} from './message.ts'
import { payloadText } from './frame.ts'
import { channelOf, encodeWithin, messageId, shownChannelOf, targetOf } from './publication.ts'
import { issueToken, type TokenRequest } from './issue-token.ts'
import { Door, type UpgradeServer } from './upgrade.ts'

export interface WebSocketReceipt extends Receipt {
  /** The message's id, as clients receive it. */
  readonly providerId: string
  /** The topic; for a user, `#` and as much of the id as may be shown; `@all` for everyone. */
  readonly channel: string
  /** To how many connections it was written; at least 1. Written is not yet received. */
  readonly connections: number
}

/** What would be written to the connections. */
export interface WebSocketPreview {
  readonly push: {
    /** `#` and the user, the topic, or `@all`. */
    readonly channel: string
    readonly pub: { readonly data: WebSocketEnvelope }
  }
}

/** What a driver finds around it. */
export interface Surroundings {
  readonly clock?: Clock
  /** @default () => import('ws') */
  readonly loadWs?: () => Promise<unknown>
}

/** Longer texts stand in no error of ours, and would make a search for them too large. */
const MAX_SECRET_LENGTH = 2_048

export class WebSocketDriver extends Notifier<WebSocketMessageInput, WebSocketMessage, WebSocketReceipt> {
  readonly provider = 'websocket'
  protected readonly schema = websocketMessage
  readonly #config: WebSocketConfig
  readonly #clock: Clock
  readonly #hub: Hub
  readonly #library: Library
  readonly #door: Door
  readonly #detach = new Set<() => void>()
  #ownServer: ReturnType<typeof createPlainServer> | undefined
  #closing: Promise<void> | undefined

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  constructor(input: WebSocketConfigInput, { clock = systemClock, loadWs }: Surroundings = {}) {
    super()
    const config = parse(websocketConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.#clock = clock
    this.#hub = new Hub(config, clock)
    this.#library = new Library(config.maxInboundBytes, loadWs)
    this.#door = new Door({
      config,
      library: this.#library,
      counter: new ConnectionCounter(config),
      isDraining: () => this.#closing !== undefined,
      admit: (arrival) => this.#hub.admit(arrival),
      report: (error) => this.#hub.report(error),
    })
  }

  /** Open connections that showed a valid token. */
  get connections(): number {
    return this.#hub.count()
  }

  /** Open connections of one user. */
  connectionsOf(user: string): number {
    return this.#hub.count(user)
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
   * Starts a server of its own.
   * @throws {NotifyError} INVALID_CONFIG, where it listens already or the address cannot be bound; CLOSED, after {@link close}
   */
  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (this.#ownServer) throw new NotifyError('INVALID_CONFIG', 'The WebSocket channel listens already')
    const server = createPlainServer()
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
   * Closes every connection of a user, as when a session is revoked. Clients stay away unless `reconnect` is set.
   * @returns how many there were
   */
  disconnect({ user, reconnect = false }: { readonly user: string; readonly reconnect?: boolean }): number {
    return this.#hub.disconnect(user, reconnect ? CLOSE.forceReconnect : CLOSE.forceDisconnect)
  }

  /**
   * A token for one user's clients, signed with the first of `jwt.keys`.
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong field; INVALID_CONFIG, where the driver has no keys
   */
  issueToken(request: TokenRequest): string {
    return issueToken(request, this.#config.jwt, this.#clock.now())
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
      const frame = this.#frame(message, messageId(context))
      resolve(JSON.parse(payloadText(frame)) as WebSocketPreview)
    })
  }

  /** Closes every connection and the server that {@link listen} started. */
  override close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  protected async deliver(message: WebSocketMessage, context: DeliveryContext): Promise<WebSocketReceipt> {
    if (this.#closing) throw refusal('draining', 'The WebSocket channel was closed')
    if (!this.#library.server || !this.#isServing) await untilAborted(this.#ready(), context.signal)
    const id = messageId(context)
    const connections = this.#hub.publish(channelOf(message.to), this.#frame(message, id))
    if (connections === 0) throw refusal('offline', 'Nobody was connected: written to 0 connections')
    return { providerId: id, channel: shownChannelOf(message.to), connections }
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

  #frame(message: WebSocketMessage, id: string): Buffer {
    return encodeWithin(this.#config.maxOutboundBytes, channelOf(message.to), toEnvelope(id, message))
  }

  #open(server: UpgradeServer): () => void {
    if (this.#closing) throw refusal('draining', 'The WebSocket channel was closed')
    const detach = this.#door.open(server)
    this.#detach.add(detach)
    return detach
  }

  get #isServing(): boolean {
    return this.#detach.size > 0
  }

  async #ready(): Promise<void> {
    await this.#library.load()
    if (this.#isServing) return
    throw refusal('not_serving', 'The WebSocket channel serves nobody yet: call attach(server) or listen()')
  }

  async #close(): Promise<void> {
    await this.#hub.drain()
    for (const detach of this.#detach) detach()
    if (this.#ownServer) await unbind(this.#ownServer)
  }
}
