/** Sends text messages through Alibaba Cloud's SMS service (Dysms): one by one, or many of one template together. */
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import { httpEndpoint, type Endpoint } from '../../core/endpoint.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import type { ProviderTemplate } from '../../core/provider-template.ts'
import { redacted, scrubber } from '../../core/redact.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { AliyunApi } from './aliyun-api.ts'
import { Batches, mayShareCall } from './aliyun-batch.ts'
import { loadClient, type AliyunClient } from './aliyun-client.ts'
import { hasAccepted } from './aliyun-look-up.ts'
import { aliyunConfig, type AliyunConfig, type AliyunConfigInput } from './aliyun-config.ts'
import { outIdOf, toFields, toParams, toReceipt, type AliyunReceipt } from './aliyun-fields.ts'
import { aliyunMessage, redirectAliyun, type AliyunMessage } from './aliyun-message.ts'
import { templatesNamed } from './aliyun-templates.ts'
import type { SmsMessageInput } from './message.ts'
import { phoneForms, toE164 } from './phone.ts'
import { untilAborted } from '../../core/until-aborted.ts'

export type { AliyunReceipt } from './aliyun-fields.ts'

/** What would go to Aliyun, but for the signature and the keys. */
export interface AliyunPreview {
  readonly action: 'SendSms'
  /** The parameters by Aliyun's names. Their templates' texts are known to Aliyun alone. */
  readonly params: Readonly<Record<string, string>>
}

export class AliyunDriver extends Notifier<SmsMessageInput, AliyunMessage, AliyunReceipt> {
  readonly provider = 'aliyun'
  /** A second message is a second text on the phone, and costs again; {@link lookUp} finds out first. */
  override readonly onUnknown = 'hold'
  protected readonly schema: StandardSchema<SmsMessageInput, AliyunMessage>
  readonly #input: AliyunConfigInput
  readonly #config: AliyunConfig
  readonly #api: AliyunApi
  readonly #batches: Batches
  readonly #clock: Clock
  #client: Promise<AliyunClient> | undefined

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong setting */
  constructor(input: AliyunConfigInput, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super()
    this.#input = input
    const config = parse(aliyunConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.#clock = clock
    this.schema = aliyunMessage(config)
    this.#api = new AliyunApi(config, clock)
    const batch = {
      load: () => this.#load(),
      sendOne: (message: AliyunMessage, context: DeliveryContext) => this.#sendOne(message, context),
    }
    this.#batches = new Batches(batch, clock)
  }

  override inSandbox(settings: Partial<AliyunConfigInput>): AliyunDriver {
    return new AliyunDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  /** The number in E.164: `+8613800138000`. */
  override recipients({ phone }: AliyunMessage): readonly string[] {
    return [toE164(phone)]
  }

  override redirected(message: AliyunMessage, to: string): AliyunMessage {
    return redirectAliyun(this.#config, message, to)
  }

  override endpoints(): readonly Endpoint[] {
    return [httpEndpoint(this.#config.endpoint)]
  }

  override render(message: AliyunMessage, context: DeliveryContext): Promise<AliyunPreview> {
    const fields = toFields(message, outIdOf(message, context))
    return Promise.resolve({ action: 'SendSms', params: toParams(fields) })
  }

  /**
   * By QuerySendDetails and our `outId`, for which a RAM user needs the permission `dysms:QuerySendDetails`. What Aliyun
   * accepted counts as sent, also where it could not reach the phone then (SendStatus 2): that is its word that it took
   * the message over. The receipt has our `outId` as its `providerId`, because the answer holds no BizId. Under one
   * `idempotencyKey` all messages to a number have one `outId`: where a key is used anew within a day, the earlier one is found.
   * @throws {NotifyError} UNAVAILABLE, where an `outId` is yours or was shared by the messages of a call, and where it is too early,
   * with `retryAfterMs`; else what Aliyun refused
   */
  override async lookUp(
    message: AliyunMessage,
    context: DeliveryContext,
    triedAt: number,
  ): Promise<AliyunReceipt | undefined> {
    try {
      const outId = outIdOf(message, context)
      return (await this.#hasAccepted(message, context, triedAt)) ? toReceipt({}, outId) : undefined
    } catch (cause) {
      const error = NotifyError.isNotifyError(cause) ? cause : this.toError(cause)
      throw redacted(error, scrubber(this.secrets(message)))
    }
  }

  /** By QuerySmsTemplateList, as {@link verify}. */
  override async knownTemplates(
    ids: readonly string[],
    { signal }: DeliveryContext,
  ): Promise<readonly ProviderTemplate[]> {
    try {
      const client = await untilAborted(this.#load(), signal)
      const list = (pageIndex: number) => client.listTemplates({ pageIndex, pageSize: 50 }, signal)
      return await templatesNamed(ids, this.#config.templates, list)
    } catch (cause) {
      throw this.explain(cause)
    }
  }

  override close(): Promise<void> {
    this.#batches.close()
    this.#api.close()
    return Promise.resolve()
  }

  protected deliver(message: AliyunMessage, context: DeliveryContext): Promise<AliyunReceipt> {
    if (mayShareCall(message, context)) return this.#batches.deliver(message, context)
    return this.#sendOne(message, context)
  }

  protected override async check({ signal }: DeliveryContext): Promise<void> {
    const client = await untilAborted(this.#load(), signal)
    await client.listTemplates({ pageIndex: 1, pageSize: 1 }, signal)
  }

  /** Of what fails before there is a call; the calls explain themselves. */
  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'Aliyun’s SDK failed', { cause, delivery: 'not_sent' })
  }

  protected override *secrets(message?: AliyunMessage): Iterable<string> {
    yield* this.#api.secrets()
    if (!message) return
    yield* phoneForms(message.to, message.phone)
    for (const value of Object.values(message.params)) {
      yield value
      yield encodeURIComponent(value) // an error text may quote the signed query, in which it is encoded twice
    }
  }

  async #sendOne(message: AliyunMessage, context: DeliveryContext): Promise<AliyunReceipt> {
    const { signal } = context
    const outId = outIdOf(message, context)
    const client = await untilAborted(this.#load(), signal)
    return toReceipt(await client.sendSms(toFields(message, outId), signal), outId)
  }

  async #hasAccepted(message: AliyunMessage, context: DeliveryContext, triedAt: number): Promise<boolean> {
    if (message.outId !== undefined || mayShareCall(message, context)) {
      const text = 'Aliyun cannot be asked for a message whose outId is not its own, made from its delivery'
      throw new NotifyError('UNAVAILABLE', text)
    }
    const { signal } = context
    const client = await untilAborted(this.#load(), signal)
    return hasAccepted({
      ...{ client, signal, triedAt, now: this.#clock.now(), skewMs: () => this.#api.skewMs },
      ...{ phoneNumber: message.phone.digits, outId: outIdOf(message, context) },
    })
  }

  #load(): Promise<AliyunClient> {
    this.#client ??= loadClient(this.#api).catch((cause: unknown) => {
      this.#client = undefined
      throw cause
    })
    return this.#client
  }
}
