/** Everything that must not stand in an error: credentials, and who gets the message. */
import type { SmtpConfig } from './config.ts'
import type { EmailMessage } from './message.ts'

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

export function* messageSecrets({ to, cc = [], bcc = [], subject }: EmailMessage): Iterable<string> {
  yield subject
  for (const { address, name } of [...to, ...cc, ...bcc]) {
    yield address
    if (name) yield name
  }
}
