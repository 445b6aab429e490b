/** Turns a message into the bytes that go out: MIME by nodemailer's MailComposer, then the DKIM signatures. */
import type { MailComposerOptions } from 'nodemailer/lib/mail-composer'
import type { Clock } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import { needsUtf8, type Mailbox } from './address.ts'
import { loadAttachments, tooLarge, type LoadedAttachment } from './attachment-bytes.ts'
import type { SmtpConfig } from './config.ts'
import { sign } from './dkim.ts'
import type { LazyNodemailer, Nodemailer } from './library.ts'
import { messageIdOf, messageToken } from './message-id.ts'
import { addressesOf, recipientsOf, type EmailMessage } from './message.ts'
import { writeTree } from './mime-tree.ts'
import { isPlainMail, writePlain, type PlainHeader, type PlainMail } from './plain-mime.ts'
import type { OutgoingMail } from './session.ts'
import { unsubscribeHeaders } from './unsubscribe.ts'

export interface ComposedMail extends OutgoingMail {
  readonly messageId: string
}

/** What a driver composes with. */
export interface Composer {
  readonly config: SmtpConfig
  readonly clock: Clock
  readonly nodemailer: LazyNodemailer
}

/**
 * @throws {NotifyError} PAYLOAD_TOO_LARGE
 * @throws {NotifyError} INVALID_MESSAGE, where an attachment cannot be read
 */
export async function compose(
  message: EmailMessage,
  context: DeliveryContext,
  { config, clock, nodemailer }: Composer,
): Promise<ComposedMail> {
  const from = message.from ?? config.from
  if (!from)
    throw new NotifyError('INVALID_MESSAGE', 'from: is required, as the driver has no sender of its own')
  const recipients = recipientsOf(message)
  const envelopeId = messageToken(context.idempotencyKey ?? context.id, recipients)
  const messageId = messageIdOf(envelopeId, from)
  const { maxBytes, allowFileRoots: roots } = config
  const limits = { maxBytes, roots, signal: context.signal, deliveryId: context.id }
  const files = await loadAttachments(message.attachments ?? [], limits)
  // Nobody could know the delivery's id when the message was written; saves drawing a random one for each part.
  const unique = { messageId, date: new Date(clock.now()), baseBoundary: context.id }
  const mail = { ...contentOf(message, from), ...unique, headers: headersOf(message, context.id) }
  const bytes = await render({ mail, files }, config, await nodemailer.load())
  return {
    messageId,
    envelopeId,
    bytes,
    from: from.address,
    to: addressesOf(message),
    needsUtf8: [from, ...recipients, ...(message.replyTo ?? [])].some(needsUtf8),
    is8bit: files.some(isMessage),
    requireTLS: message.requireTLS,
  }
}

interface Content {
  readonly mail: PlainMail
  readonly files: readonly LoadedAttachment[]
}

async function render(
  content: Content,
  { dkimKeys, maxBytes }: SmtpConfig,
  nodemailer: Nodemailer,
): Promise<Buffer> {
  const { mail, files } = content
  const isPlain = files.length === 0 && isPlainMail(mail)
  const built = isPlain ? writePlain(mail, nodemailer) : await buildTree(content, nodemailer)
  const bytes = dkimKeys.length === 0 ? built : await sign(nodemailer.DKIM, dkimKeys, built)
  if (bytes.length > maxBytes) throw tooLarge(maxBytes)
  return bytes
}

async function buildTree({ mail, files }: Content, nodemailer: Nodemailer): Promise<Buffer> {
  // Belt and braces: nothing handed over here names a file or a URL.
  const safe = { disableFileAccess: true, disableUrlAccess: true, newline: 'windows' }
  const options = { ...toComposer(mail), attachments: files.map(toAttachment), ...safe }
  const tree = new nodemailer.MailComposer(options).compile()
  return writeTree(tree, nodemailer) ?? (await tree.build())
}

/** For MailComposer, which writes everything else. */
export function toComposer({ headers, ...mail }: PlainMail): MailComposerOptions {
  return {
    ...mail,
    headers: headers.map(([key, value, isPrepared = false]) => {
      return { key, value: isPrepared ? { prepared: true, foldLines: true, value } : value }
    }),
  } as MailComposerOptions
}

const toAttachment = ({ filename, bytes, contentType, contentId }: LoadedAttachment) => ({
  filename,
  content: isMessage({ filename, contentType })
    ? Buffer.from(withCrlf(bytes.toString('latin1')), 'latin1')
    : bytes,
  ...(contentType !== undefined && { contentType }),
  ...(contentId !== undefined && { cid: contentId }),
})

function contentOf(message: EmailMessage, from: Mailbox) {
  const { to, cc, replyTo, subject, text, html, inReplyTo, references } = message
  return {
    from: named(from),
    to: to.map(named),
    subject,
    ...(cc && { cc: cc.map(named) }),
    ...(replyTo && { replyTo: replyTo.map(named) }),
    ...(text !== undefined && { text: withCrlf(text) }),
    ...(html !== undefined && { html: withCrlf(html) }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references && { references: references.join(' ') }),
  }
}

/** A message within the message is carried as it is, so its bytes decide what the whole may hold. */
function isMessage({ filename, contentType }: Pick<LoadedAttachment, 'filename' | 'contentType'>): boolean {
  return contentType === undefined
    ? /\.(eml|mht|mhtml|nws)$/i.test(filename)
    : /^message\//i.test(contentType)
}

/** The signature covers the bytes as they go out, where every line ends in CR LF. */
const withCrlf = (text: string) => text.replace(/\r\n|\r|\n/g, '\r\n')

const named = ({ address, name = '' }: Mailbox) => ({ address, name })

const PRIORITY = {
  high: { 'X-Priority': '1 (Highest)', Importance: 'high' },
  normal: {},
  low: { 'X-Priority': '5 (Lowest)', Importance: 'low' },
} as const

function headersOf({ headers = {}, priority, listUnsubscribe }: EmailMessage, id: string): PlainHeader[] {
  const own: Record<string, string> = { 'Auto-Submitted': 'auto-generated', ...PRIORITY[priority] }
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const kept = Object.entries(own).filter(([name]) => !names.has(name.toLowerCase()))
  const list = listUnsubscribe ? unsubscribeHeaders(listUnsubscribe) : []
  // As they are: an encoded URL would be another URL.
  const prepared = ([name, value]: readonly [string, string]) => [name, value, true] as const
  return [...kept.map(prepared), ...Object.entries(headers), ...list.map(prepared), ['X-Notify-ID', id, true]]
}
