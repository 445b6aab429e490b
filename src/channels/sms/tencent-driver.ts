/** Sends text messages through Tencent Cloud's SMS service, one recipient per call of SendSms. */
import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import { httpEndpoint, type Endpoint } from '../../core/endpoint.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import type { SmsMessageInput } from './message.ts'
import { phoneForms, toE164 } from './phone.ts'
import { tencentConfig, type TencentConfig, type TencentConfigInput } from './tencent-config.ts'
import { redirectTencent, tencentMessage, type TencentMessage } from './tencent-message.ts'
import { checkAnswer, readReply, serialNoOf, type TencentReply } from './tencent-reply.ts'
import { CONTENT_TYPE, tc3Authorization } from './tencent-tc3.ts'
import { Wire } from './wire.ts'

/** Tencent took the message over. Whether it reached the phone is told later, by receipt. */
export interface TencentReceipt extends Receipt {
  /** Tencent's SerialNo, to look the message up with; our `outId` in the odd case that it gave none. */
  readonly providerId: string
  /** To quote to Tencent's support. */
  readonly requestId?: string
  /** Our reference: the SessionContext, which Tencent gives back. */
  readonly outId: string
}

/** What would go to Tencent, but for the signature and the keys. */
export interface TencentPreview {
  readonly action: 'SendSms'
  /** The parameters by Tencent's names. Their templates' texts are known to Tencent alone. */
  readonly params: TencentFields
}

const SERVICE = 'sms'
const VERSION = '2021-01-11'
const HOUR_MS = 3_600_000
/** Their clock is Beijing's. */
const BEIJING_MS = 8 * HOUR_MS

/** A value such as the 5 of “5 minutes” hides nobody, and cutting it out would take the request id apart. */
const TOO_SHORT = /^[0-9A-Za-z]{1,2}$/

export class TencentDriver extends Notifier<SmsMessageInput, TencentMessage, TencentReceipt> {
  readonly provider = 'tencent'
  /** A second message is a second text on the phone, and costs again. */
  override readonly onUnknown = 'hold'
  protected readonly schema: StandardSchema<SmsMessageInput, TencentMessage>
  readonly #input: TencentConfigInput
  readonly #config: TencentConfig
  readonly #wire: Wire
  readonly #clock: Clock

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong setting */
  constructor(input: TencentConfigInput, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super()
    this.#input = input
    this.#config = parse(tencentConfig, input, 'INVALID_CONFIG')
    const { endpoint, maxSockets } = this.#config
    this.#wire = new Wire({ endpoint, maxSockets, provider: 'Tencent' })
    this.#clock = clock
    this.schema = tencentMessage(this.#config)
  }

  override inSandbox(settings: Partial<TencentConfigInput>): TencentDriver {
    return new TencentDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  /** The number in E.164: `+8613800138000`. */
  override recipients({ phone }: TencentMessage): readonly string[] {
    return [toE164(phone)]
  }

  override redirected(message: TencentMessage, to: string): TencentMessage {
    return redirectTencent(message, to)
  }

  override endpoints(): readonly Endpoint[] {
    return [httpEndpoint(this.#config.endpoint)]
  }

  override render(message: TencentMessage, context: DeliveryContext): Promise<TencentPreview> {
    return Promise.resolve({ action: 'SendSms', params: this.#fields(message, context) })
  }

  override close(): Promise<void> {
    this.#wire.close()
    return Promise.resolve()
  }

  protected async deliver(message: TencentMessage, context: DeliveryContext): Promise<TencentReceipt> {
    const fields = this.#fields(message, context)
    const { SessionContext: outId } = fields
    const reply = await this.#call('SendSms', fields, context.signal)
    const { requestId } = reply
    return { providerId: serialNoOf(reply) || outId, ...(requestId && { requestId }), outId }
  }

  /** A signed call that needs no recipient and changes nothing, and names the application. */
  protected override async check({ signal }: DeliveryContext): Promise<void> {
    const now = this.#clock.now()
    const fields = {
      BeginTime: hourOf(now - HOUR_MS),
      EndTime: hourOf(now),
      SmsSdkAppId: this.#config.smsSdkAppId,
      Limit: 0,
      Offset: 0,
    }
    checkAnswer(await this.#call('SendStatusStatistics', fields, signal), 'SendStatusStatistics')
  }

  /** Of what fails before there is a call; the calls explain themselves. */
  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The Tencent driver failed', { cause, delivery: 'not_sent' })
  }

  protected override *secrets(message?: TencentMessage): Iterable<string> {
    const { secretId, secretKey, token } = this.#config
    yield secretId
    yield secretKey
    if (token !== undefined) yield token
    if (!message) return
    yield* phoneForms(message.to, message.phone)
    yield* message.params.filter((value) => !TOO_SHORT.test(value))
  }

  #fields(message: TencentMessage, context: DeliveryContext): TencentFields {
    return toFields(message, this.#config.smsSdkAppId, message.outId ?? outIdOf(context))
  }

  async #call(action: string, fields: object, signal: AbortSignal): Promise<TencentReply> {
    const body = JSON.stringify(fields)
    const headers = this.#headers(action, body)
    const request = { method: 'POST', path: '/', headers, body }
    return readReply(await this.#wire.send(request, { signal, wasWritten: false }))
  }

  #headers(action: string, body: string): Record<string, string> {
    const { endpoint, region, secretId, secretKey, token } = this.#config
    const { host } = endpoint
    const timestamp = Math.floor(this.#clock.now() / 1000)
    const request = { host, action, service: SERVICE, body, timestamp }
    return {
      host,
      'content-type': CONTENT_TYPE,
      authorization: tc3Authorization(request, { secretId, secretKey }),
      'user-agent': 'notiwire',
      'x-tc-action': action,
      'x-tc-version': VERSION,
      'x-tc-timestamp': String(timestamp),
      'x-tc-region': region,
      ...(token !== undefined && { 'x-tc-token': token }),
    }
  }
}

export interface TencentFields {
  readonly PhoneNumberSet: readonly string[]
  readonly SmsSdkAppId: string
  readonly TemplateId: string
  readonly TemplateParamSet: readonly string[]
  readonly SessionContext: string
  readonly SignName?: string
  readonly ExtendCode?: string
}

function toFields(message: TencentMessage, smsSdkAppId: string, outId: string): TencentFields {
  const { phone, signName, smsUpExtendCode } = message
  return {
    PhoneNumberSet: [toE164(phone)],
    SmsSdkAppId: smsSdkAppId,
    TemplateId: message.templateId,
    TemplateParamSet: message.params,
    SessionContext: outId,
    ...(signName !== undefined && { SignName: signName }),
    ...(smsUpExtendCode !== undefined && { ExtendCode: smsUpExtendCode }),
  }
}

/** As 2021050113: the hour in Beijing. */
function hourOf(time: number): string {
  return new Date(time + BEIJING_MS).toISOString().replace(/\D/g, '').slice(0, 10)
}

/** The same for every send under one idempotency key; hashed because a key may be long, or name someone. */
function outIdOf({ id, idempotencyKey }: DeliveryContext): string {
  return idempotencyKey === undefined ? id : createHash('sha256').update(idempotencyKey).digest('hex')
}
