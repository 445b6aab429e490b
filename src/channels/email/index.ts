/** Public surface of `notiwire/email`. */
import type { Clock } from '../../core/clock.ts'
import type { SmtpConfigInput } from './config.ts'
import { SmtpDriver } from './driver.ts'

/**
 * E-mail through any SMTP server.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong field
 */
export const smtp = (config: SmtpConfigInput, options: { readonly clock?: Clock } = {}): SmtpDriver =>
  new SmtpDriver(config, options)

export { SmtpDriver }
export type { Mailbox, MailboxInput } from './address.ts'
export type { Attachment, AttachmentContent } from './attachment.ts'
export type { ProvidedToken, SmtpConfigInput, TokenProvider } from './config.ts'
export type { EmailMessage, EmailMessageInput } from './message.ts'
export type { EmailReceipt, RecipientReceipt } from './receipt.ts'
export type { RenderedEmail } from './rendered.ts'
