/**
 * A mini-program subscribe message: one notice to a user who agreed to this template.
 * Source: https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage
 */
import * as z from 'zod'
import * as parts from './message-parts.ts'
import { explainRetired, RETIRED_FIELDS } from './retired.ts'

export interface SubscribeSettings extends parts.MessageSettings {
  readonly lang: (typeof parts.LANGUAGES)[number]
  readonly miniprogramState: (typeof parts.MINI_PROGRAM_STATES)[number]
}

/** The schema of messages under these settings. */
export function subscribeMessage(settings: SubscribeSettings) {
  return z
    .strictObject(
      {
        /** The receiver's openid in this mini-program; not a unionid, not an openid of another account. */
        to: parts.openid,
        /** A template id, or a name from `templates` of the configuration. */
        template: parts.templateName(settings),
        /**
         * Values by keyword, such as `{ thing1: 'Parcel arrived', time2: new Date() }`. A Date is written in China's
         * time as the field's type asks. Each value is checked against WeChat's rules for its type.
         */
        data: parts.data,
        /** Page to open on tap, with its query: `pages/order?id=1`. Without one the tap opens nothing. */
        page: parts.page.optional(),
        /** Language of the frame around your values. @default `lang` of the configuration */
        lang: z.enum(parts.LANGUAGES).default(settings.lang),
        /** Which build of the mini-program a tap opens. @default `miniprogramState` of the configuration */
        miniprogramState: z.enum(parts.MINI_PROGRAM_STATES).default(settings.miniprogramState),
        /** What to do with a `thing` above 20 characters. @default `overflow` of the configuration */
        overflow: z.enum(['error', 'ellipsis']).optional(),
      },
      { error: explainRetired(RETIRED_FIELDS) },
    )
    .superRefine(parts.checkData(settings), parts.ALWAYS)
    .transform((message) => ({ ...message, ...parts.fill(settings, message) }))
}

export type SubscribeMessageInput = z.input<ReturnType<typeof subscribeMessage>>
export type SubscribeMessage = z.output<ReturnType<typeof subscribeMessage>>
