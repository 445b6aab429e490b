/** What the server said to the message, recipient by recipient, without naming any of them. */
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import type { Receipt } from '../../core/delivery.ts'
import type { ProviderReply } from '../../core/errors.ts'
import type { FailureCode } from '../../core/failures.ts'
import { maskAddress, type Scrub } from '../../core/redact.ts'
import { refusalOfRecipient } from './explain.ts'
import type { LibraryError } from './failure.ts'
import type { Recipient } from './message.ts'
import { oneLine } from './reply.ts'

/** What became of one recipient. Find the address in your message, by field and index. */
export interface RecipientReceipt {
  readonly field: 'to' | 'cc' | 'bcc'
  /** Position within the field, from 0. */
  readonly index: number
  /** Masked, as in `a***@example.com`. */
  readonly address: string
  readonly status: 'accepted' | 'rejected'
  /** Why, where it was rejected. */
  readonly code?: FailureCode
  /** Whether the same message may reach this recipient later. */
  readonly retryable?: boolean
  /** The server's words, addresses cut out. */
  readonly provider?: ProviderReply
}

/** The server took the message over for at least one recipient. Accepted is not yet delivered: look for bounces. */
export interface EmailReceipt extends Receipt {
  /** The Message-ID the server gave it, where it replaces ours (Amazon SES, Microsoft 365); otherwise ours. */
  readonly providerId: string
  /** The Message-ID header it was sent with, the same at every try. */
  readonly messageId: string
  /** The server's last reply, such as `250 2.0.0 Ok: queued as 4XyZ`. */
  readonly response: string
  /** Everyone in `to`, `cc` and `bcc`, in that order. */
  readonly recipients: readonly RecipientReceipt[]
}

interface Sent {
  readonly messageId: string
  readonly recipients: readonly Recipient[]
  readonly info: SMTPConnectionSendInfo
  readonly scrub: Scrub
}

export function receiptOf({ messageId, recipients, info, scrub }: Sent): EmailReceipt {
  const refused = new Map<string, LibraryError>()
  for (const error of (info.rejectedErrors ?? []) as readonly LibraryError[])
    refused.set(error.recipient ?? '', error)
  return {
    providerId: info.serverMessageId ?? messageId,
    messageId,
    response: scrub(oneLine(info.response)),
    recipients: recipients.map(({ address, field, index }) => {
      const error = refused.get(address)
      const place = { field, index, address: maskAddress(address) }
      return error ? { ...place, ...rejection(error, scrub) } : { ...place, status: 'accepted' as const }
    }),
  }
}

function rejection(error: LibraryError, scrub: Scrub) {
  const { code, retryable, provider } = refusalOfRecipient(error)
  const words = provider && { provider: { ...provider, message: scrub(provider.message) } }
  return { status: 'rejected' as const, code, retryable, ...words }
}
