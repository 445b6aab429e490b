/** Sends mini-program subscribe messages. */
import { systemClock, type Clock } from '../../core/clock.ts'
import { parse } from '../../core/parse.ts'
import type { StandardSchema } from '../../core/standard-schema.ts'
import { miniProgramConfig, type MiniProgramConfig } from './config.ts'
import { WechatDriver } from './driver.ts'
import { subscribeMessage, type SubscribeMessage, type SubscribeMessageInput } from './message.ts'
import { toWireData } from './message-parts.ts'

export class MiniProgramDriver extends WechatDriver<SubscribeMessageInput, SubscribeMessage> {
  readonly provider = 'wechat-mini-program'
  /** A message uses up the user's subscription: a second one mostly finds none (43101). */
  override readonly onUnknown = 'retry'
  protected readonly path = '/cgi-bin/message/subscribe/send'
  protected readonly templatesPath = '/wxaapi/newtmpl/gettemplate'
  protected readonly schema: StandardSchema<SubscribeMessageInput, SubscribeMessage>

  readonly #input: MiniProgramConfig
  readonly #clock: Clock

  constructor(input: MiniProgramConfig, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    const settings = parse(miniProgramConfig, input, 'INVALID_CONFIG')
    super(settings, clock)
    this.#input = input
    this.#clock = clock
    this.schema = subscribeMessage(settings)
  }

  override inSandbox(settings: Partial<MiniProgramConfig>): MiniProgramDriver {
    return new MiniProgramDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  protected toBody({ to, template, data, page, lang, miniprogramState }: SubscribeMessage): object {
    const wireData = toWireData(data)
    return {
      touser: to,
      template_id: template,
      data: wireData,
      page,
      lang,
      miniprogram_state: miniprogramState,
    }
  }

  protected links({ page }: SubscribeMessage): string[] {
    return page?.includes('?') ? [page] : []
  }
}

/**
 * The WeChat mini-program channel: subscribe messages.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong setting
 */
export function miniProgram(
  config: MiniProgramConfig,
  options: { readonly clock?: Clock } = {},
): MiniProgramDriver {
  return new MiniProgramDriver(config, options)
}
