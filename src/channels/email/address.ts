/** Addresses, read strictly: what a mail library would guess at, split up or drop is refused here. */
import { domainToASCII } from 'node:url'
import * as z from 'zod'

/** One address, with the name to show beside it. */
export interface Mailbox {
  /** A bare address, such as `ada@example.com`. */
  readonly address: string
  /** Shown in place of the address, such as `Ada Lovelace`. */
  readonly name?: string | undefined
}

/** A bare address, or one with a display name. The form `Ada <ada@example.com>` is refused. */
export type MailboxInput = string | Mailbox

/** RFC 5321 section 4.5.3.1 and RFC 1035: bytes an address and its parts may have. */
const MAX_ADDRESS = 254
const MAX_LOCAL = 64
const MAX_DOMAIN = 253
/** A domain in another script may be longer in bytes than in ASCII; nothing this long is looked into. */
const MAX_INPUT = 320

/** Line breaks and other control characters end a header or a command early. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u
/** RFC 5322 dot-atom, with the letters of all scripts (RFC 6532); no quoted local parts. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_`{|}~]+(\.[\p{L}\p{M}\p{N}!#$%&'*+\-/=?^_`{|}~]+)*$/u
const DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i
const PLAIN = 'expected a bare address such as ada@example.com'
const TOO_LONG = `${PLAIN}, of at most ${MAX_ADDRESS} bytes`

/** True where the text could break out of the header it is put in. */
export function hasControl(text: string): boolean {
  return CONTROL.test(text)
}

type ReadAddress = { readonly address: string } | { readonly problem: string }

/** The address as it goes on the wire, its domain in ASCII and lower case; or what is wrong with it. */
export function readAddress(text: string): ReadAddress {
  if (text.length > MAX_INPUT) return { problem: TOO_LONG }
  return readShort(text)
}

function readShort(text: string): ReadAddress {
  if (hasControl(text)) return { problem: `${PLAIN}, without line breaks or control characters` }
  if (/[<>",;:()[\]\\]/.test(text)) {
    return { problem: `${PLAIN}; one address per entry, a display name goes in { name, address }` }
  }
  const [local, domain, ...more] = text.split('@')
  if (!local || !domain || more.length > 0) return { problem: `${PLAIN}, with one "@"` }
  if (!LOCAL.test(local) || byteLength(local) > MAX_LOCAL) {
    return { problem: `${PLAIN}, with at most ${MAX_LOCAL} bytes before the "@" and no spaces` }
  }
  const ascii = readDomain(domain)
  if (ascii === undefined) return { problem: `${PLAIN}, with a domain name after the "@"` }
  const address = `${local}@${ascii}`
  return byteLength(address) > MAX_ADDRESS ? { problem: TOO_LONG } : { address }
}

/** The domain in ASCII and lower case, or nothing where it is not a domain name. */
export function readDomain(domain: string): string | undefined {
  if (domain.length > MAX_INPUT || !DOMAIN.test(domain)) return undefined
  // Only for other scripts: the URL parser behind it reads `1` as 0.0.0.1 and cuts at a slash.
  const ascii = isAscii(domain) ? domain.toLowerCase() : domainToASCII(domain)
  const labels = ascii.split('.')
  const isName = ascii.length <= MAX_DOMAIN && labels.every((label) => LABEL.test(label))
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? ascii : undefined
}

/** True where the part before the "@" needs a server that knows SMTPUTF8 (RFC 6531). */
export function needsUtf8({ address }: Mailbox): boolean {
  return !isAscii(address)
}

/** The domain of an address that was read. */
export function domainOf({ address }: Mailbox): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

const isAscii = (text: string) => /^[\x20-\x7e]*$/.test(text)
const byteLength = (text: string) => Buffer.byteLength(text)

type Report = (message: string, path: readonly PropertyKey[]) => void

/** One {@link MailboxInput}. */
export const mailbox = z
  .custom<MailboxInput>(() => true)
  .transform((value: unknown, context): Mailbox => {
    return readMailbox(value, (message, path) =>
      context.addIssue({ code: 'custom', message, path: [...path] }),
    )
  })

/** One or several of {@link MailboxInput}. */
export const mailboxes = z
  .custom<MailboxInput | readonly MailboxInput[]>(() => true)
  .transform((value: unknown, context): readonly Mailbox[] => {
    const report: Report = (message, path) => context.addIssue({ code: 'custom', message, path: [...path] })
    if (!Array.isArray(value)) return [readMailbox(value, report)]
    if (value.length === 0) report('expected at least one address', [])
    return value.map((entry: unknown, index) => {
      return readMailbox(entry, (message, path) => report(message, [index, ...path]))
    })
  })

function readMailbox(value: unknown, report: Report): Mailbox {
  if (typeof value === 'string') return { address: checked(value, report, []) }
  if (typeof value !== 'object' || value === null) {
    report(`${PLAIN}, or { name, address }`, [])
    return { address: '' }
  }
  const { address, name, ...others } = value as Record<string, unknown>
  if (Object.keys(others).length > 0) report('expected no keys other than name and address', [])
  const bare = checked(typeof address === 'string' ? address : '', report, ['address'])
  if (name === undefined) return { address: bare }
  if (typeof name === 'string' && isDisplayName(name)) return { address: bare, name }
  report('expected a name of at most 256 characters without line breaks', ['name'])
  return { address: bare }
}

const isDisplayName = (name: string) => name.length <= 256 && !hasControl(name)

function checked(address: string, report: Report, path: readonly PropertyKey[]): string {
  const read = readAddress(address)
  if ('address' in read) return read.address
  report(read.problem, path)
  return ''
}
