/** E-mail, read by a parser of its own as a mail program would. */
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import type { FakeEmail } from '../../channels/email/fake-options.ts'
import type { EmailView, MailAddress } from '../captured.ts'
import type { CaptureDraft, StoredFile } from '../draft.ts'
import { oneLine } from '../one-line.ts'
import { commonOf, type Arrived } from './capture.ts'
import { emailHints } from './email-hints.ts'
import { linksInHtml, linksInText } from './links.ts'

export async function captureEmail(arrived: Arrived, email: FakeEmail): Promise<CaptureDraft> {
  const mail = await read(email.raw)
  const view = viewOf(email, mail)
  const files = filesOf(email, mail)
  const hints = emailHints(view, { html: mail.html ?? '', bytes: email.raw.length })
  const { response } = arrived.exchange
  return {
    ...commonOf(arrived, hints),
    bytes: email.raw.length,
    title: oneLine(view.subject),
    preview: oneLine(view.text ?? textOf(mail.html ?? '')),
    view,
    files,
    providerIds: [view.messageId, /queued as (\S+)/.exec(response?.line ?? '')?.[1] ?? ''],
  }
}

/** What cannot be read is shown as text: the sandbox refuses nothing that a server took. */
async function read(raw: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(raw)
  } catch {
    const attachments: Attachment[] = []
    return { headers: [], headerLines: [], attachments, text: raw.toString('latin1'), subject: '' }
  }
}

function viewOf({ from, to }: FakeEmail, mail: Email): EmailView {
  const { html = '', text, subject = '' } = mail
  return {
    kind: 'email',
    envelope: { from, to },
    from: mail.from ? addressesOf([mail.from]) : [],
    replyTo: addressesOf(mail.replyTo),
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    subject,
    date: headerOf(mail, 'date'),
    messageId: mail.messageId ?? '',
    hasHtml: html !== '',
    ...(text !== undefined && { text }),
    headers: mail.headers.map(({ originalKey, value }) => [originalKey, value] as const),
    attachments: mail.attachments.map((attachment, at) => ({
      name: nameOf(attachment, at),
      type: attachment.mimeType,
      bytes: contentOf(attachment).length,
      isInline: attachment.disposition === 'inline' || attachment.related === true,
    })),
    links: html === '' ? linksInText(text ?? '') : linksInHtml(html),
  }
}

function addressesOf(addresses: readonly Address[] = []): MailAddress[] {
  return addresses.flatMap(({ name, address, group }) =>
    group ? addressesOf(group) : [{ name, address: address ?? '' }],
  )
}

function headerOf({ headers }: Email, key: string): string {
  return headers.find((header) => header.key === key)?.value ?? ''
}

function filesOf({ raw }: FakeEmail, mail: Email): Map<string, StoredFile> {
  const files = new Map<string, StoredFile>([
    ['raw', { type: 'message/rfc822', content: raw, name: 'message.eml' }],
  ])
  mail.attachments.forEach((attachment, at) => {
    const file = { type: attachment.mimeType, content: contentOf(attachment), name: nameOf(attachment, at) }
    files.set(String(at), file)
    if (attachment.contentId !== undefined)
      files.set(`cid:${attachment.contentId.replace(/^<|>$/g, '')}`, file)
  })
  if (mail.html !== undefined) {
    files.set('html', { type: 'text/html', content: Buffer.from(mail.html), name: 'message.html' })
  }
  return files
}

function nameOf({ filename }: Attachment, at: number): string {
  return filename ?? `attachment-${at + 1}`
}

function contentOf({ content }: Attachment): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof ArrayBuffer
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
}

/** For the list alone, where HTML has no text beside it. */
function textOf(html: string): string {
  return html
    .slice(0, 20_000)
    .replace(/<(style|script|head)\b[^>]*>[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(nbsp|zwnj|shy);/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
}
