/**
 * An official-account template message: one notice to a follower of a service account.
 * Source: https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.md
 */
import * as z from 'zod'
import * as parts from './message-parts.ts'
import { explainRetired, RETIRED_FIELDS } from './retired.ts'
import { isOneLine, ONE_LINE } from '../../core/plain-text.ts'

/** The schema of messages under these settings. */
export function templateMessage(settings: parts.MessageSettings) {
  return z
    .strictObject(
      {
        /** The follower's openid in this official account; not an openid of your mini-program. */
        to: parts.openid,
        /** A template id, or a name from `templates` of the configuration. */
        template: parts.templateName(settings),
        /** Values by keyword, such as `{ thing1: 'Parcel arrived', time2: new Date() }`, checked as for subscribe messages. */
        data: parts.data,
        /** Page to open on tap, where no `miniprogram` is given or the user's WeChat is too old for it. */
        url: z
          .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
          .max(2048)
          .refine(isOneLine, ONE_LINE)
          .optional(),
        /** Mini-program to open on tap; it must be linked to the official account. */
        miniprogram: z
          .strictObject({
            /** AppID of the mini-program. */
            appid: z.string().regex(/^wx[0-9a-f]{16}$/, 'expected wx and 16 hex digits'),
            /** Its page, with its query. */
            pagepath: parts.page.optional(),
          })
          .optional(),
        /** What to do with a `thing` above 20 characters. @default `overflow` of the configuration */
        overflow: z.enum(['error', 'ellipsis']).optional(),
      },
      { error: explainRetired(RETIRED_FIELDS) },
    )
    .superRefine(parts.checkData(settings), parts.ALWAYS)
    .transform((message) => ({ ...message, ...parts.fill(settings, message) }))
}

export type TemplateMessageInput = z.input<ReturnType<typeof templateMessage>>
export type TemplateMessage = z.output<ReturnType<typeof templateMessage>>
