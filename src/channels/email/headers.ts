/** Custom headers: any name but those the driver writes itself, and no value that could start another header. */
import * as z from 'zod'
import { hasControl } from './address.ts'

/** Longest line of a message, in bytes, without its line break (RFC 5322 section 2.1.1). */
export const MAX_LINE = 998

/** Headers with a field of their own, or that name who sent or carried the message. */
const RESERVED = new Set([
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'subject', 'date', 'message-id'],
  ...['in-reply-to', 'references', 'mime-version', 'dkim-signature', 'return-path', 'received'],
  ...['list-unsubscribe', 'list-unsubscribe-post', 'x-notify-id', 'authentication-results'],
  // Read by the relay or the receiver as an envelope: SendGrid's, SparkPost's, Mandrill's, and old mail servers'.
  ...['x-smtpapi', 'x-msys-api', 'x-mc-bccaddress', 'apparently-to', 'delivered-to'],
])
const RESERVED_FAMILY = /^(content|resent|arc)-/

/** A line is broken at spaces only; the header's name needs room too. In characters. */
const MAX_WORD = 900

const NAME = /^[a-z][a-z0-9-]*$/i

/** A line of text that stands in a header. */
export const headerText = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= MAX_LINE, {
    message: `expected at most ${MAX_LINE} bytes`,
    abort: true,
  })
  .refine((text) => !hasControl(text), 'expected text without line breaks or control characters')
  .refine(
    (text) => text.split(' ').every((word) => word.length <= MAX_WORD),
    `expected a space at least every ${MAX_WORD} characters, to break the line at`,
  )

/** What is wrong with a custom header's name, if anything. */
function nameProblem(name: string): string | undefined {
  if (!NAME.test(name) || name.length > 76) return 'expected a header name of letters, digits and hyphens'
  const lower = name.toLowerCase()
  if (RESERVED.has(lower) || RESERVED_FAMILY.test(lower)) {
    return 'expected a header that the driver does not write itself; use the field of the message for it'
  }
  return undefined
}

export const customHeaders = z.record(z.string(), headerText).superRefine((headers, context) => {
  const seen = new Set<string>()
  for (const name of Object.keys(headers)) {
    const isTwice = seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    const message = nameProblem(name) ?? (isTwice ? 'expected each header once' : undefined)
    // Not the name itself: a name with a line break in it would stand in the error.
    if (message) context.addIssue({ code: 'custom', message, path: [NAME.test(name) ? name : '?'] })
  }
})
