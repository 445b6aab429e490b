/** What both WeChat drivers do alike: get a token, send with it, and once more with another if WeChat calls it stale. */
import type { Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import { httpEndpoint, placeOf, type Endpoint } from '../../core/endpoint.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { invalid } from '../../core/parse.ts'
import type { ProviderTemplate } from '../../core/provider-template.ts'
import { bareError } from '../../core/redact.ts'
import { AccessToken } from './access-token.ts'
import { WechatApi } from './api.ts'
import type { AccountSettings } from './config.ts'
import { STALE_TOKEN } from './errors.ts'
import { openid as openidSchema } from './message-parts.ts'
import { templatesNamed } from './templates.ts'
import { storeKey } from './token-store.ts'

/** What the shared part must know of a message: who gets it, and what it says. */
export interface Addressed {
  readonly to: string
  readonly data: Readonly<Record<string, string>>
}

/** What would go to WeChat, but for the access token. */
export interface WechatPreview {
  /** Of the interface, under the endpoint. */
  readonly path: string
  /** The JSON body, by WeChat's names. */
  readonly body: Readonly<Record<string, unknown>>
}

export abstract class WechatDriver<Input, Message extends Addressed> extends Notifier<Input, Message> {
  /** Of the interface that sends, under the endpoint. */
  protected abstract readonly path: string
  /** Of the interface that lists the account's templates. */
  protected abstract readonly templatesPath: string
  readonly #api: WechatApi
  readonly #token: AccessToken
  readonly #credentials: readonly string[]
  readonly #endpoint: Endpoint
  readonly #templates: AccountSettings['templates']

  constructor(settings: AccountSettings, clock: Clock) {
    super()
    const { appId, appSecret, proxy, token } = settings
    const api = new WechatApi({ appId, appSecret }, settings, clock)
    this.#api = api
    this.#token = new AccessToken({
      ...token,
      fetch: (options) => api.fetchToken(options),
      clock,
      key: storeKey(appId),
    })
    this.#endpoint = endpointOf(settings)
    this.#templates = settings.templates
    this.#credentials = [appSecret, ...(proxy === undefined ? [] : passwordsOf(proxy))]
  }

  /** Of `ids` those that are 43 characters long, as WeChat's are. Asked for with the access token that messages are sent with. */
  override async knownTemplates(
    ids: readonly string[],
    { signal }: DeliveryContext,
  ): Promise<readonly ProviderTemplate[]> {
    try {
      const list = async () => {
        const token = await this.#token.current(signal)
        return this.#api.templates({ path: this.templatesPath, token, signal })
      }
      return await templatesNamed(ids, this.#templates, list)
    } catch (cause) {
      throw this.explain(cause)
    }
  }

  override endpoints(): readonly Endpoint[] {
    return [this.#endpoint]
  }

  /** Frees the connections. Safe to call twice. */
  override close(): Promise<void> {
    this.#api.close()
    return Promise.resolve()
  }

  /** The openid. */
  override recipients({ to }: Message): readonly string[] {
    return [to]
  }

  override redirected(message: Message, to: string): Message {
    const { success, data: openid, error } = openidSchema.safeParse(to)
    if (success) return { ...message, to: openid }
    const issues = error.issues.map(({ message: text }) => ({ path: 'guard.redirectTo', message: text }))
    throw invalid('INVALID_MESSAGE', issues)
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
  override async render(message: Message, context: DeliveryContext): Promise<WechatPreview> {
    const body = JSON.parse(this.#encode(message, context).toString()) as WechatPreview['body']
    return { path: this.path, body }
  }

  /** The message as WeChat's JSON. */
  protected abstract toBody(message: Message, context: DeliveryContext): object

  protected async deliver(message: Message, context: DeliveryContext): Promise<Receipt> {
    const { path } = this
    const { signal } = context
    const body = this.#encode(message, context)
    const token = await this.#token.current(signal)
    let reply = await this.#api.send({ path, token, body, signal })
    if (STALE_TOKEN.has(reply.errcode)) {
      const other = await this.#token.replace(token, signal)
      if (other !== token) reply = await this.#api.send({ path, token: other, body, signal })
    }
    if (reply.errcode !== 0) throw this.#api.refusal(reply)
    return { providerId: reply.msgid ?? context.id }
  }

  #encode(message: Message, context: DeliveryContext): Buffer {
    try {
      return Buffer.from(JSON.stringify(this.toBody(message, context)))
    } catch (cause) {
      const text = 'The WeChat driver failed to write the message as JSON'
      throw new NotifyError('DRIVER_FAILED', text, { cause: bareError(cause), delivery: 'not_sent' })
    }
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The WeChat driver failed', { cause: bareError(cause) })
  }

  protected override async check({ signal }: DeliveryContext): Promise<void> {
    await this.#token.verify(signal)
  }

  protected override secrets(message?: Message): string[] {
    const own = message ? [message.to, ...Object.values(message.data), ...this.links(message)] : []
    return [...this.#credentials, ...this.#token.values, ...own]
  }

  /** Where a tap leads: a link may carry a key of its own. */
  protected abstract links(message: Message): string[]
}

/** Plain http is reached directly, whatever the proxy. */
function endpointOf({ endpoint, ca, proxy }: AccountSettings): Endpoint {
  const way = httpEndpoint(new URL(endpoint))
  const isTunnelled = proxy !== undefined && way.protocol === 'https'
  const through = isTunnelled ? { proxy: placeOf(new URL(proxy)) } : {}
  return { ...way, ...(ca !== undefined && { ca }), ...through }
}

function passwordsOf(proxy: string): string[] {
  const { password } = new URL(proxy)
  return [password, decodeURIComponent(password)]
}
