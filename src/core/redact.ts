/** Keeps credentials and recipients out of errors: texts are scrubbed, attachments of foreign errors dropped. */
import { changed, type NotifyError, type ProviderReply } from './errors.ts'
import { cutForm, encodingsIn, formsOf } from './secret-forms.ts'

const MASK = '[redacted]'
const MAX_DEPTH = 5

export type Scrub = (text: string) => string

/** A function that cuts `secrets` out of a text, in every form that `secret-forms` knows. */
export function scrubber(secrets: Iterable<string>): Scrub {
  // Drivers in plain JavaScript may list what is no string.
  const texts = [...secrets].filter((secret) => typeof secret === 'string')
  const known = new Map<string, readonly string[]>()
  return (text) => {
    const encodings = encodingsIn(text)
    const key = Object.values(encodings).join()
    const forms = known.get(key) ?? longestFirst(texts.flatMap((secret) => formsOf(secret, encodings)))
    known.set(key, forms)
    return forms.reduce((rest, form) => cutForm(rest, form, MASK), text)
  }
}

function longestFirst(forms: readonly string[]): string[] {
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

/** The same error with every text scrubbed and its cause reduced to {@link bareError}. */
export function redacted(error: NotifyError, scrub: Scrub): NotifyError {
  const { provider, issues, cause } = error
  const clean = changed(error, {
    message: scrub(error.message),
    cause: cause === undefined ? undefined : bareError(cause, scrub),
    provider: provider && scrubbed(provider, scrub),
    issues: issues?.map((issue) => ({ path: issue.path, message: scrub(issue.message) })),
  })
  if (error.stack !== undefined) setHidden(clean, 'stack', scrub(error.stack))
  return clean
}

function scrubbed({ code, message, requestId, status }: ProviderReply, scrub: Scrub): ProviderReply {
  return {
    code: scrub(code),
    message: scrub(message),
    ...(requestId !== undefined && { requestId: scrub(requestId) }),
    ...(status !== undefined && { status }),
  }
}

/** What may be kept of a foreign error besides its texts: plain facts that name no one. */
const KEPT = [
  'code',
  'errno',
  'syscall',
  'command',
  'responseCode',
  'statusCode',
  'status',
  'reason',
] as const

/**
 * A copy of the error with its class, texts and plain codes, without its attachments: HTTP clients hang the
 * whole request on their errors, tokens included.
 */
export function bareError(error: unknown, scrub: Scrub = (text) => text, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(scrub(describeThrown(error)))
  const bare = new Error(scrub(error.message))
  if (isPlainClass(error)) Object.setPrototypeOf(bare, Object.getPrototypeOf(error) as object)
  setHidden(bare, 'name', error.name)
  if (error.stack !== undefined) setHidden(bare, 'stack', scrub(error.stack))
  copyFacts(error, bare, scrub)
  if (depth >= MAX_DEPTH) return bare
  const inner = (cause: unknown) => bareError(cause, scrub, depth + 1)
  if (error.cause !== undefined) setHidden(bare, 'cause', inner(error.cause))
  if (error instanceof AggregateError) setHidden(bare, 'errors', error.errors.map(inner))
  return bare
}

/** False for classes like DOMException, whose getters throw on anything but their own instances. */
function isPlainClass(error: Error): boolean {
  for (let proto: unknown = Object.getPrototypeOf(error); proto !== Error.prototype;) {
    if (proto === null) return false
    const properties = Object.values(Object.getOwnPropertyDescriptors(proto as object))
    if (properties.some((property) => property.get !== undefined)) return false
    proto = Object.getPrototypeOf(proto)
  }
  return true
}

function copyFacts(from: Error, to: Error, scrub: Scrub): void {
  for (const key of KEPT) {
    const value: unknown = Object.getOwnPropertyDescriptor(from, key)?.value
    if (typeof value === 'number') setShown(to, key, value)
    else if (typeof value === 'string') setShown(to, key, scrub(value))
  }
}

function describeThrown(thrown: unknown): string {
  return typeof thrown === 'string' ? thrown : `A ${thrown === null ? 'null' : typeof thrown} was thrown`
}

function setHidden(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true, writable: true })
}

function setShown(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** An address one can recognise but not use: `b***@example.com`, `138****8000`, `9f3a…`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  if (at > 0) return `${address.slice(0, 1)}***${address.slice(at)}`
  if (/^\+?\d{7,}$/.test(address)) return `${address.slice(0, 3)}****${address.slice(-4)}`
  return address.length > 8 ? `${address.slice(0, 4)}…` : '…'
}
