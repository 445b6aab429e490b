/** The List-Unsubscribe headers, with the one-click form that large mailbox providers demand. Source: RFC 8058. */
import * as z from 'zod'
import { mailbox } from './address.ts'

const MAX_URL = 900

export const unsubscribe = z.strictObject({
  /** Takes a POST without a login, cookie or question, and unsubscribes. Must be https. */
  url: z.string().max(MAX_URL).refine(isPlainHttps, 'expected an https URL without a user name'),
  /** An address that takes the same wish by e-mail. */
  mailto: mailbox.optional(),
})

export type Unsubscribe = z.output<typeof unsubscribe>

/** Header names and values; the URL is normalised, so nothing in it can end the header. */
export function unsubscribeHeaders({ url, mailto }: Unsubscribe): [string, string][] {
  const targets = [new URL(url).href, ...(mailto ? [mailtoOf(mailto.address)] : [])]
  return [
    ['List-Unsubscribe', targets.map((target) => `<${target}>`).join(', ')],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
  ]
}

/** A `?` or `&` in the local part would begin the fields of another message. */
function mailtoOf(address: string): string {
  const at = address.lastIndexOf('@')
  return `mailto:${encodeURIComponent(address.slice(0, at))}${address.slice(at)}`
}

function isPlainHttps(text: string): boolean {
  if (!URL.canParse(text) || !/^https:\/\/[\x21-\x7e]+$/i.test(text) || /[<>,]/.test(text)) return false
  const { protocol, username, password } = new URL(text)
  return protocol === 'https:' && username === '' && password === ''
}
