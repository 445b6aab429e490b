/**
 * An e-mail.
 * Sources: RFC 5321 (addresses), RFC 5322 (headers), RFC 8058 (one-click unsubscribe), RFC 8689 (REQUIRETLS).
 */
import * as z from 'zod'
import { mailbox, mailboxes, type Mailbox } from './address.ts'
import { attachment } from './attachment.ts'
import { customHeaders, headerText } from './headers.ts'
import { unsubscribe } from './unsubscribe.ts'

const messageReference = z
  .string()
  .max(250)
  .regex(/^<[^\s<>@]+@[^\s<>@]+>$/, 'expected a message id such as <id@example.com>')
  .refine((id) => /^[\x21-\x7e]+$/.test(id), 'expected ASCII')

export const emailMessage = z
  .strictObject({
    /** Who it is for; all of `to` and `cc` see each other. */
    to: mailboxes,
    cc: mailboxes.optional(),
    /** Receives it without standing in any header. */
    bcc: mailboxes.optional(),
    /** Who it is from; also the envelope's sender, which gets the bounces. @default the driver's `from` */
    from: mailbox.optional(),
    /** Where answers go, if not to `from`. */
    replyTo: mailboxes.optional(),
    /** At most 998 bytes of UTF-8. */
    subject: headerText.min(1),
    /** The body as plain text. One of `text` and `html` is needed; give both where you can. */
    text: z.string().min(1).optional(),
    html: z.string().min(1).optional(),
    attachments: z.array(attachment).max(100).optional(),
    /** Further headers by name. Those with a field here, and those that name who carried the message, are refused. */
    headers: customHeaders.optional(),
    /** A way out of the mailing, as RFC 8058 wants it. Needs `dkim`, or a relay that signs (`relaySigns`). */
    listUnsubscribe: unsubscribe.optional(),
    /** How mail programs rank it. @default 'normal', which writes no header */
    priority: z.enum(['high', 'normal', 'low']).default('normal'),
    /** Message id of the message this one answers. */
    inReplyTo: messageReference.optional(),
    /** Message ids of the conversation, oldest first. */
    references: z.array(messageReference).max(50).optional(),
    /** Carry it over verified TLS only, on every hop (RFC 8689); refused where the server cannot promise that. */
    requireTLS: z.boolean().default(false),
  })
  .superRefine((message, context) => {
    if (message.text === undefined && message.html === undefined) {
      context.addIssue({ code: 'custom', path: ['text'], message: 'expected text or html' })
    }
    for (const [path, text] of danglingReferences(message)) {
      context.addIssue({ code: 'custom', path: [path], message: text })
    }
  })

export type EmailMessageInput = z.input<typeof emailMessage>
export type EmailMessage = z.output<typeof emailMessage>

/** A recipient, and where in the message it stands. */
export interface Recipient extends Mailbox {
  readonly field: 'to' | 'cc' | 'bcc'
  readonly index: number
}

/** Everyone the message goes to, as written. */
export function recipientsOf({ to, cc, bcc }: Pick<EmailMessage, 'to' | 'cc' | 'bcc'>): Recipient[] {
  return [...numbered('to', to), ...numbered('cc', cc), ...numbered('bcc', bcc)]
}

function numbered(field: Recipient['field'], list: readonly Mailbox[] = []): Recipient[] {
  return list.map(({ address, name }, index) => ({ address, name, field, index }))
}

/** Everyone the message goes to, by bare address, each once: the envelope's recipients. */
export function addressesOf(message: Pick<EmailMessage, 'to' | 'cc' | 'bcc'>): string[] {
  return [...new Set(recipientsOf(message).map(({ address }) => address))]
}

/** RFC 2392: a content id in a URL is percent-encoded. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    return id
  }
}

/** Images the html shows but nobody attached, and content ids given twice. */
function danglingReferences({ html = '', attachments = [] }: EmailMessage): [string, string][] {
  const ids = attachments.flatMap(({ contentId }) => (contentId === undefined ? [] : [contentId]))
  const issues: [string, string][] = []
  if (new Set(ids).size < ids.length) issues.push(['attachments', 'expected each contentId once'])
  const shown = [...html.matchAll(/["'(]cid:([^"')\s]+)/gi)].map(([, id = '']) => decoded(id))
  if (shown.some((id) => !ids.includes(id))) {
    issues.push(['html', 'expected an attachment with the contentId of each cid: image'])
  }
  return issues
}
