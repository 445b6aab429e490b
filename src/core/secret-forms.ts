/** The ways a secret shows up in a text: as it is, and in the encodings that protocols and libraries write it in. */

/** A shorter secret is sought only where it stands alone: every text holds a `1`. */
const SHORT = 5
/** A longer one is sought letter by letter: regular expressions have a size limit, and throw above it. */
const LONG = 1000
/** Beyond this only the text itself is sought: no library encodes a book into an error. */
const BOOK = 10_000
const PHONE = /^\+?\d{7,15}$/
const DIGITS = /^\d+$/

/** What a text may hold besides the secrets as they are. */
export interface Encodings {
  readonly url: boolean
  readonly json: boolean
  /** Length of the longest run of letters that base64 and hexadecimal are written with. */
  readonly longestRun: number
}

/** Of a text that may hold anything. */
export const EVERY_ENCODING: Encodings = { url: true, json: true, longestRun: Number.POSITIVE_INFINITY }

/** So that what cannot be in a text is not made: most texts are short, and hold none of it. */
export function encodingsIn(text: string): Encodings {
  let longestRun = 0
  for (const [run] of text.matchAll(/[\w+/=-]+/g)) longestRun = Math.max(longestRun, run.length)
  return { url: /[%+]/.test(text), json: text.includes('\\'), longestRun }
}

/** Every form of `secret` worth looking for in a text with these encodings. */
export function formsOf(secret: string, { url, json, longestRun }: Encodings): string[] {
  if (secret === '') return []
  if (secret.length > BOOK) return [secret]
  const forms = [secret]
  if (url) forms.push(...urlFormsOf(secret))
  if (json) forms.push(...jsonFormsOf(secret))
  if (secret.length < SHORT || secret.length > LONG) return forms
  // What is left of it in base64 is at least as long as the secret, but for the letters at its ends.
  if (longestRun >= secret.length - 2) forms.push(...base64Of(secret), Buffer.from(secret).toString('hex'))
  return forms
}

function urlFormsOf(secret: string): string[] {
  const url = encodeURIComponent(secret.toWellFormed())
  return [url, encodeURIComponent(url), url.replaceAll('%20', '+')]
}

function jsonFormsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  return [json, json.replaceAll('/', '\\/'), JSON.stringify(json).slice(1, -1)]
}

/**
 * What is left of the secret in base64 whatever stands before and after it: `user:secret` of basic authentication,
 * NUL user NUL secret of SMTP.
 */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const aligned = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    const end = Math.floor(((before + bytes.length) * 8) / 6)
    return text.slice(Math.ceil((before * 8) / 6), end)
  })
  const urlSafe = aligned.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))
  return [...aligned, ...urlSafe].filter((form) => form.length >= SHORT)
}

/** Replaces one form in a text. */
export function cutForm(text: string, form: string, mask: string): string {
  if (form.length > text.length) return text
  // Most texts hold none of it, and to look costs a tenth of a pattern. What a pattern finds, is found so too.
  if (!PHONE.test(form) && !text.toUpperCase().includes(form.toUpperCase())) return text
  return form.length > LONG ? text.replaceAll(form, mask) : text.replace(toPattern(form), mask)
}

function toPattern(form: string): RegExp {
  // People and libraries space phone numbers as they like.
  if (PHONE.test(form)) return new RegExp([...form.replace('+', '')].join('[\\s().-]{0,2}'), 'g')
  const exact = form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  if (form.length >= SHORT) return new RegExp(exact, 'gi')
  // A percent-encoded neighbour is no letter or digit of the same word.
  const neighbour = DIGITS.test(form) ? '\\d' : '[A-Za-z0-9]'
  return new RegExp(`(?:(?<!${neighbour})|(?<=%(?:25)*[0-9A-F]{2}))${exact}(?!${neighbour})`, 'gi')
}
