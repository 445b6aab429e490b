/** Everything that must not stand in an error: credentials, and who gets the message. */
import { constants } from 'node:os'
import type { SmtpConfig } from './config.ts'
import { ERRORS } from './errors.ts'
import type { EmailMessage } from './message.ts'

/** The engine's own words for what took too long. Source: nodemailer 10.6.0, lib/smtp-connection. */
const TIMEOUTS = ['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'SOCKET_TIMEOUT', 'UPGRADE_TIMEOUT']

export function* configSecrets({ auth, proxy, tls }: SmtpConfig): Iterable<string> {
  if (auth) yield auth.user
  if (auth?.type === 'password') {
    yield auth.pass
    // As AUTH PLAIN encodes them, RFC 4616: a server may quote the line it refuses.
    yield `\0${auth.user}\0${auth.pass}`
  }
  if (auth?.type === 'oauth2') {
    yield* [auth.accessToken, auth.refreshToken, auth.clientSecret].filter((secret) => secret !== undefined)
  }
  if (tls.passphrase !== undefined) yield tls.passphrase
  if (proxy === undefined) return
  const { username, password } = new URL(proxy)
  if (password === '') return
  yield decodeURIComponent(password)
  yield `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
}

export function* messageSecrets({
  to,
  cc = [],
  bcc = [],
  subject,
  text,
  html,
}: EmailMessage): Iterable<string> {
  yield* wordsOf(subject)
  for (const { address, name } of [...to, ...cc, ...bcc]) {
    yield address
    if (name) yield* wordsOf(name)
  }
  yield* urlsOf(text)
  yield* urlsOf(html)
}

/** A server may fold the white space of what it quotes. What may stand in a code is none: codes must survive. */
function* wordsOf(words: string): Iterable<string> {
  if (isOfCode(words)) return
  yield words
  const folded = words.replace(/\s+/g, ' ').trim()
  if (folded !== words) yield folded
}

/** Codes that an error may name: those of the table, the engine's timeouts, and the system's. */
const CODES = [...Object.keys(ERRORS), ...TIMEOUTS, ...Object.keys(constants.errno)]
  .flatMap((key) => key.toLowerCase().split(' '))
  .flatMap((code) => [code, ...code.split('_')])
  .filter((code) => !/^[\dx.]+$/.test(code))
const STATUS = /^[\d.]{1,3}$|^(\d{3} )?\d\.\d{1,3}(\.\d{1,3})?$/

/** Short texts are sought as words, longer ones within words; see core/secret-forms. */
function isOfCode(text: string): boolean {
  if (STATUS.test(text)) return true
  const sought = text.toLowerCase()
  return CODES.some((code) => code === sought || (text.length >= 4 && code.includes(sought)))
}

const MAX_URLS = 50

/** Links in a message, such as one to set a new password, are as good as the password. */
function* urlsOf(text = ''): Iterable<string> {
  let count = 0
  for (const [url] of text.matchAll(/https?:\/\/[^\s"'<>]{1,2000}/gi)) {
    if ((count += 1) > MAX_URLS) return
    const bare = url.replace(/[.,;:!?)\]]{1,9}$/, '')
    yield bare
    if (bare.includes('&amp;')) yield bare.replaceAll('&amp;', '&')
  }
}
