/** What the server said to the message, recipient by recipient, without naming any of them. */
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection'
import type { Receipt } from '../../core/delivery.ts'
import type { ProviderReply } from '../../core/errors.ts'
import type { FailureCode } from '../../core/failures.ts'
import { maskAddress, scrubber, type Scrub } from '../../core/redact.ts'
import { refusalOfRecipient } from './explain.ts'
import type { LibraryError } from './failure.ts'
import type { Recipient } from './message.ts'
import { shown } from './reply.ts'

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
  /** Of the credentials, and of those with the message's own secrets. */
  readonly secrets: { readonly credentials: Iterable<string>; readonly all: Iterable<string> }
}

export function receiptOf({ messageId, recipients, info, secrets }: Sent): EmailReceipt {
  const refused = new Map<string, LibraryError>()
  for (const error of (info.rejectedErrors ?? []) as readonly LibraryError[])
    refused.set(error.recipient ?? '', error)
  const credentials: Scrub = refused.size > 0 ? scrubber(secrets.credentials) : String
  return {
    providerId: info.serverMessageId ?? messageId,
    messageId,
    response: shown(info.response, scrubber(secrets.all)),
    recipients: recipients.map(({ address, field, index }) => {
      const error = refused.get(address)
      const place = { field, index, address: maskAddress(address) }
      if (!error) return { ...place, status: 'accepted' as const }
      const { code, retryable, provider } = refusalOfRecipient(error, scrubOf(address, credentials))
      return { ...place, status: 'rejected' as const, code, retryable, ...(provider && { provider }) }
    }),
  }
}

/** RFC 5321 section 4.5.3.1: as long as the parts may be, so that no text takes long to search. */
const ADDRESS = /[^\s<>@,;:"'()[\]\\]{1,64}(?:@|%40)[^\s<>@,;:"'()[\]\\]{1,255}/giu

/**
 * For the reply to one recipient. Sought are this address, and of the others what looks like one: to seek every
 * recipient in every reply would take minutes where many are refused.
 */
function scrubOf(address: string, credentials: Scrub): Scrub {
  const own = scrubber([address])
  return (text) => own(credentials(text)).replace(ADDRESS, '[redacted]')
}
