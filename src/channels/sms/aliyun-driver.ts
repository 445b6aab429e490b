/** Sends text messages through Alibaba Cloud's SMS service (Dysms), one recipient per call of SendSms. */
import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { parse } from '../../core/parse.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { AliyunApi } from './aliyun-api.ts'
import { loadClient, type AliyunClient, type SendSmsFields } from './aliyun-client.ts'
import { aliyunConfig, type AliyunConfig, type AliyunConfigInput } from './aliyun-config.ts'
import { aliyunMessage, redirectAliyun, type AliyunMessage } from './aliyun-message.ts'
import type { SmsMessageInput } from './message.ts'
import { phoneForms, toE164 } from './phone.ts'
import { untilAborted } from '../../core/until-aborted.ts'

/** Aliyun took the message over. Whether it reached the phone is told later, by receipt. */
export interface AliyunReceipt extends Receipt {
  /** Aliyun's BizId, to look the message up with; our `outId` in the odd case that it gave none. */
  readonly providerId: string
  /** To quote to Aliyun's support. */
  readonly requestId?: string
  /** Our reference, which Aliyun repeats in delivery reports. */
  readonly outId: string
}

/** What would go to Aliyun, but for the signature and the keys. */
export interface AliyunPreview {
  readonly action: 'SendSms'
  /** The parameters by Aliyun's names. Their templates' texts are known to Aliyun alone. */
  readonly params: Readonly<Record<string, string>>
}

export class AliyunDriver extends Notifier<SmsMessageInput, AliyunMessage, AliyunReceipt> {
  readonly provider = 'aliyun'
  protected readonly schema: StandardSchema<SmsMessageInput, AliyunMessage>
  readonly #config: AliyunConfig
  readonly #api: AliyunApi
  #client: Promise<AliyunClient> | undefined

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong setting */
  constructor(input: AliyunConfigInput, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    super()
    const config = parse(aliyunConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.schema = aliyunMessage(config)
    this.#api = new AliyunApi(config, clock)
  }

  /** The number in E.164: `+8613800138000`. */
  override recipients({ phone }: AliyunMessage): readonly string[] {
    return [toE164(phone)]
  }

  override redirected(message: AliyunMessage, to: string): AliyunMessage {
    return redirectAliyun(this.#config, message, to)
  }

  override render(message: AliyunMessage, context: DeliveryContext): Promise<AliyunPreview> {
    const fields = toFields(message, outIdOf(message, context))
    return Promise.resolve({ action: 'SendSms', params: toParams(fields) })
  }

  override close(): Promise<void> {
    this.#api.close()
    return Promise.resolve()
  }

  protected async deliver(message: AliyunMessage, context: DeliveryContext): Promise<AliyunReceipt> {
    const { signal } = context
    const outId = outIdOf(message, context)
    const client = await untilAborted(this.#load(), signal)
    const { bizId, requestId } = await client.sendSms(toFields(message, outId), signal)
    return { providerId: bizId || outId, ...(requestId && { requestId }), outId }
  }

  protected override async check({ signal }: DeliveryContext): Promise<void> {
    const client = await untilAborted(this.#load(), signal)
    await client.listTemplates(signal)
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

  #load(): Promise<AliyunClient> {
    this.#client ??= loadClient(this.#api).catch((cause: unknown) => {
      this.#client = undefined
      throw cause
    })
    return this.#client
  }
}

function toFields({ phone, signName, templateCode, params, smsUpExtendCode }: AliyunMessage, outId: string) {
  const fields: SendSmsFields = {
    phoneNumbers: phone.digits,
    signName,
    templateCode,
    templateParam: JSON.stringify(params),
    outId,
    ...(smsUpExtendCode !== undefined && { smsUpExtendCode }),
  }
  return fields
}

/** By Aliyun's names, which the SDK's models write with a small first letter. */
function toParams(fields: SendSmsFields): Readonly<Record<string, string>> {
  const named = Object.entries<string>({ ...fields })
  return Object.fromEntries(
    named.map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  )
}

/** The message's own, or one that is the same for every send under one idempotency key; hashed because a key may be long, or name someone. */
function outIdOf({ outId }: AliyunMessage, { id, idempotencyKey }: DeliveryContext): string {
  if (outId !== undefined) return outId
  return idempotencyKey === undefined ? id : createHash('sha256').update(idempotencyKey).digest('hex')
}
