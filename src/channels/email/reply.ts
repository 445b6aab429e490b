/** An SMTP reply and the row of the table it falls under. */
import type { ErrorRow, ErrorTable } from '../../core/error-table.ts'
import type { Scrub } from '../../core/redact.ts'
import { ERRORS } from './errors.ts'
import { wordingsIn, type Place } from './wordings.ts'

export interface Reply {
  readonly status: number
  /** RFC 3463, such as `5.1.1`. */
  readonly enhanced: string | undefined
  /** Word for word; for people it goes through {@link shown}. */
  readonly text: string
}

const MAX_TEXT = 500
const TABLE: ErrorTable = ERRORS

/** Reads a refusal; nothing where it is no SMTP refusal at all. */
export function readReply(response: string | undefined): Reply | undefined {
  const match = /^([45]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S))?(?:[ -]|$)/.exec(response ?? '')
  if (!match || response === undefined) return undefined
  return { status: Number(match[1]), enhanced: match[2], text: response }
}

/** A text as errors and receipts show it. Scrubbed first: cut or folded, a secret would be another text. */
export function shown(text: string, scrub: Scrub): string {
  return scrub(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT)
}

/** A server may quote a piece of the login it refuses, in an encoding of which we know the whole only. */
export function withoutBase64(text: string): string {
  // A word is no login: those are of mixed letters.
  return text.replace(/[A-Za-z0-9+/_-]{8,}={0,2}/g, (run) =>
    /^[A-Za-z][a-z]+$/.test(run) ? run : '[redacted]',
  )
}

/** The row for a reply to `command`, which is a verb, or GREETING. */
export function rowOfReply(command: string, reply: Reply): ErrorRow | undefined {
  const found = keysOf(command, reply).find((key) => Object.hasOwn(TABLE, key))
  return found === undefined ? undefined : TABLE[found]
}

/** The row for one of the engine's own codes, the most exact first. */
export function rowOfCodes(codes: readonly (string | undefined)[]): ErrorRow | undefined {
  const found = codes.find((code) => code !== undefined && Object.hasOwn(TABLE, code))
  return found === undefined ? undefined : TABLE[found]
}

/** Keys of the table, the most exact first. */
function keysOf(command: string, { status, enhanced, text }: Reply): string[] {
  const both = (key: string) => [`${command} ${key}`, key]
  const statusClass = `${String(status)[0]}xx`
  const byEnhanced = enhanced === undefined ? [] : [enhanced, enhanced.replace(/\d+$/, 'x')]
  // A specific enhanced status we do not know says more than 550 would: then that is no guide either.
  const isSpecific = enhanced !== undefined && !/\.0$/.test(enhanced)
  const said = wordingsIn(text, statusClass)
  const words = (place: Place) => said(place).flatMap(both)
  const [exact = [], family = []] = byEnhanced.map(both)
  return [
    ...words('everything'),
    ...exact,
    ...words('family'),
    ...family,
    ...words('class'),
    ...(isSpecific ? [] : [...words('status'), ...both(String(status))]),
    ...both(statusClass),
  ]
}
