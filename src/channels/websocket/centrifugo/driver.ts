/** Pushes messages through a Centrifugo server (v5 or v6), by its HTTP API. */
import { systemClock, type Clock } from '../../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../../core/delivery.ts'
import { httpEndpoint, type Endpoint } from '../../../core/endpoint.ts'
import { changed, NotifyError } from '../../../core/errors.ts'
import { Notifier } from '../../../core/notifier.ts'
import { invalid, parse } from '../../../core/parse.ts'
import { bareError } from '../../../core/redact.ts'
import { websocketMessage, type WebSocketMessage, type WebSocketMessageInput } from '../message.ts'
import { channelOf, messageId, shownChannelOf, targetOf } from '../publication.ts'
import { CentrifugoApi } from './api.ts'
import { centrifugoConfig, type CentrifugoConfig, type CentrifugoConfigInput } from './config.ts'
import { disconnectUser, type DisconnectRequest } from './disconnect.ts'
import { refusal } from './errors.ts'
import { publishBody, type PublishRequest } from './request.ts'
import { ResendWindow } from './resend-window.ts'
import { ServerChannels } from './server-channels.ts'
import { unsupportedIn } from './unsupported.ts'

export interface CentrifugoReceipt extends Receipt {
  /** The message's id, as clients receive it. */
  readonly providerId: string
  /** The topic; for a user, `#` and as much of the id as may be shown; `@all` for everyone. */
  readonly channel: string
  /**
   * `published`: handed to whoever is subscribed, be it nobody. `stored`: nobody was subscribed a moment before, and the
   * channel's history keeps it for those who come back; told with `checkPresence` only.
   */
  readonly outcome: 'published' | 'stored'
  /** Whether the channel's history keeps it for those who are away. */
  readonly stored: boolean
  /** Its place in the channel's history, where it is kept. */
  readonly offset?: number
  readonly epoch?: string
  /** Not known: the API does not tell. */
  readonly nodes: null
  /** Subscribed a moment before it was published, with `checkPresence`; null where that is not known. */
  readonly connections: number | null
}

/** What would be posted to the server, but for the key. */
export interface CentrifugoPreview {
  /** Of the method, under the endpoint. */
  readonly path: string
  readonly body: PublishRequest
}

/** Longer texts stand in no error of ours, and would make a search for them too large. */
const MAX_SECRET_LENGTH = 2_048

export class CentrifugoDriver extends Notifier<WebSocketMessageInput, WebSocketMessage, CentrifugoReceipt> {
  readonly provider = 'centrifugo'
  override readonly deduplicates: boolean
  /** A second message does no harm where the server drops it by its idempotency key. */
  override readonly onUnknown: 'retry' | 'hold'
  protected readonly schema
  readonly #input: CentrifugoConfigInput
  readonly #config: CentrifugoConfig
  readonly #channels: ServerChannels
  readonly #api: CentrifugoApi
  readonly #window: ResendWindow
  readonly #clock: Clock

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  constructor(input: CentrifugoConfigInput, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super()
    this.#input = input
    const config = parse(centrifugoConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.deduplicates = config.deduplicates
    this.onUnknown = config.deduplicates ? 'retry' : 'hold'
    this.#channels = new ServerChannels(config)
    this.#api = new CentrifugoApi(config)
    this.#window = new ResendWindow(clock)
    this.#clock = clock
    this.schema = schemaFor(this.#channels)
  }

  override inSandbox(settings: Partial<CentrifugoConfigInput>): CentrifugoDriver {
    return new CentrifugoDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  /**
   * Closes every connection of a user, as when a session is revoked. Clients stay away unless `reconnect` is set.
   * Resolves when the server has told its nodes; how many connections there were it does not say.
   * @throws {NotifyError} INVALID_MESSAGE, naming every wrong field; what the server refused; TIMED_OUT after 10 s
   */
  async disconnect(request: DisconnectRequest): Promise<void> {
    const bench = { api: this.#api, clock: this.#clock, secrets: this.secrets() }
    await disconnectUser(request, bench)
  }

  /** As a hub's: `#` and the user, the topic, or `@all`; whatever the server calls the channel. */
  override recipients({ to }: WebSocketMessage): readonly string[] {
    return [channelOf(to)]
  }

  override redirected(message: WebSocketMessage, to: string): WebSocketMessage {
    const target = targetOf(to)
    const issues = this.#channels.issues(target)
    if (issues.length === 0) return { ...message, to: target }
    throw invalid(
      'INVALID_MESSAGE',
      issues.map((issue) => ({ ...issue, path: 'guard.redirectTo' })),
    )
  }

  override endpoints(): readonly Endpoint[] {
    const { endpoint, ca } = this.#config
    return [{ ...httpEndpoint(endpoint), ...(ca !== undefined && { ca }) }]
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
  override async render(message: WebSocketMessage, context: DeliveryContext): Promise<CentrifugoPreview> {
    const body = JSON.parse(this.#body(message, messageId(context))) as PublishRequest
    return { path: this.#api.pathOf('publish'), body }
  }

  /** Frees the connections. Safe to call twice. */
  override close(): Promise<void> {
    this.#api.close()
    return Promise.resolve()
  }

  protected async deliver(message: WebSocketMessage, context: DeliveryContext): Promise<CentrifugoReceipt> {
    const id = messageId(context)
    const body = this.#body(message, id)
    const send = () => this.#send(message, body, context.signal)
    const sent = await (this.deduplicates ? this.#window.within(message, context, send) : send())
    return { providerId: id, channel: shownChannelOf(message.to), ...sent }
  }

  async #send(
    message: WebSocketMessage,
    body: string,
    signal: AbortSignal,
  ): Promise<Omit<CentrifugoReceipt, 'providerId' | 'channel'>> {
    const connections = this.#config.checkPresence ? await this.#audience(message, signal) : null
    const position = await this.#api.publish(body, signal)
    const stored = position !== undefined
    const outcome = connections === 0 && stored ? 'stored' : 'published'
    return { outcome, stored, ...position, nodes: null, connections }
  }

  /**
   * How many connections are there to be reached. Asked before it is published, so that what reaches nobody is not sent at
   * all: asked after, it would be unknown who had left meanwhile.
   * @throws {NotifyError} RECIPIENT_OFFLINE, where there are none and nothing is kept; always `not_sent`
   */
  async #audience(message: WebSocketMessage, signal: AbortSignal): Promise<number | null> {
    const channel = this.#channels.of(message.to)
    try {
      const clients = await this.#api.clients(channel, signal)
      if (clients !== 0) return clients
      if (message.store !== false && (await this.#api.keepsHistory(channel, signal))) return 0
    } catch (cause) {
      throw NotifyError.isNotifyError(cause) ? changed(cause, { delivery: 'not_sent' }) : cause
    }
    throw refusal('offline', 'Nobody was subscribed, and nothing is kept: not published')
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The Centrifugo driver failed', { cause: bareError(cause) })
  }

  protected override async check({ signal }: DeliveryContext): Promise<void> {
    await this.#api.info(signal)
  }

  protected override secrets(message?: WebSocketMessage): string[] {
    const { apiKey } = this.#config
    if (!message) return [apiKey]
    const { to, title, body, url } = message
    const address: unknown[] = Object.values(to)
    const texts = [...address, ...this.#channelNames(to), title, body, url]
    const strings = texts.filter((text) => typeof text === 'string')
    return [apiKey, ...strings.filter((text) => text.length <= MAX_SECRET_LENGTH)]
  }

  /** A `userChannel` that throws has said so in the error that is being cleaned. */
  #channelNames(to: WebSocketMessage['to']): string[] {
    try {
      return [this.#channels.of(to)]
    } catch {
      return []
    }
  }

  #body(message: WebSocketMessage, id: string): string {
    const { maxOutboundBytes: maxBytes } = this.#config
    const channel = this.#channels.of(message.to)
    return publishBody({ channel, id, message, maxBytes, now: this.#clock.now() })
  }
}

/** A hub's messages, but for what this transport cannot do. */
function schemaFor(channels: ServerChannels) {
  return websocketMessage.superRefine(
    (message, context) => {
      const issues = [...channels.issues(message.to), ...unsupportedIn(message)]
      for (const { path, message: text } of issues)
        context.addIssue({ code: 'custom', path: path.split('.'), message: text })
    },
    // Also told when other fields are wrong, so that all is told at once.
    { when: ({ value }) => typeof value === 'object' && value !== null && hasTarget(value) },
  )
}

/** Where there is none, that is told already. */
function hasTarget(message: object): boolean {
  return 'to' in message && typeof message.to === 'object' && message.to !== null
}
