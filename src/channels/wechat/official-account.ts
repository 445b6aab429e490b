/** Sends official-account template messages. */
import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import { parse } from '../../core/parse.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { officialAccountConfig, type OfficialAccountConfig } from './config.ts'
import { WechatDriver } from './driver.ts'
import { toWireData } from './message-parts.ts'
import { ResendWindow } from './resend-window.ts'
import { templateMessage, type TemplateMessage, type TemplateMessageInput } from './template-message.ts'

export class OfficialAccountDriver extends WechatDriver<TemplateMessageInput, TemplateMessage> {
  readonly provider = 'wechat-official-account'
  /** By the client_msg_id, which is the same at every try of a delivery. */
  override readonly deduplicates = true
  /** WeChat makes one message of two within 10 minutes, by the client_msg_id. */
  override readonly onUnknown = 'retry'
  protected readonly path = '/cgi-bin/message/template/send'
  protected readonly templatesPath = '/cgi-bin/template/get_all_private_template'
  protected readonly schema: StandardSchema<TemplateMessageInput, TemplateMessage>
  readonly #window: ResendWindow

  readonly #input: OfficialAccountConfig
  readonly #clock: Clock

  constructor(input: OfficialAccountConfig, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    const settings = parse(officialAccountConfig, input, 'INVALID_CONFIG')
    super(settings, clock)
    this.#input = input
    this.#clock = clock
    this.schema = templateMessage(settings)
    this.#window = new ResendWindow(clock)
  }

  protected override deliver(message: TemplateMessage, context: DeliveryContext): Promise<Receipt> {
    return this.#window.within(message, context, () => super.deliver(message, context))
  }

  override inSandbox(settings: Partial<OfficialAccountConfig>): OfficialAccountDriver {
    return new OfficialAccountDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  protected toBody(message: TemplateMessage, { id, idempotencyKey }: DeliveryContext): object {
    const { to, template, data, url, miniprogram } = message
    const client_msg_id = clientMessageId(idempotencyKey ?? id)
    return { touser: to, template_id: template, data: toWireData(data), url, miniprogram, client_msg_id }
  }

  protected links({ url, miniprogram }: TemplateMessage): string[] {
    return [url, miniprogram?.pagepath].filter((link) => link?.includes('?')).map(String)
  }
}

/** WeChat delivers one message per openid and client_msg_id within 10 minutes. */
function clientMessageId(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

/**
 * The WeChat official-account channel: template messages.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong setting
 */
export function officialAccount(
  config: OfficialAccountConfig,
  options: { readonly clock?: Clock } = {},
): OfficialAccountDriver {
  return new OfficialAccountDriver(config, options)
}
