/** The parts of nodemailer we build on, loaded at the first send: its pool and its message sender are not among them. */
import type DKIM from 'nodemailer/lib/dkim'
import type MailComposer from 'nodemailer/lib/mail-composer'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { loadPeer } from '../../core/peer.ts'

export interface Nodemailer {
  readonly Connection: typeof SMTPConnection
  readonly MailComposer: typeof MailComposer
  readonly DKIM: typeof DKIM
}

/** @throws {NotifyError} INVALID_CONFIG, where nodemailer is not installed */
export async function loadNodemailer(): Promise<Nodemailer> {
  const [connection, composer, dkim] = await loadPeer('nodemailer', () =>
    Promise.all([
      import('nodemailer/lib/smtp-connection'),
      import('nodemailer/lib/mail-composer'),
      import('nodemailer/lib/dkim'),
    ]),
  )
  return {
    Connection: defaultOf(connection),
    MailComposer: defaultOf(composer),
    DKIM: defaultOf(dkim),
  }
}

/** Bundlers that turn `import()` into `require()` wrap a CommonJS default once more. */
function defaultOf<T>(module: { readonly default: T }): T {
  const found = module.default as T | { readonly default: T }
  return typeof found === 'function' ? found : (found as { readonly default: T }).default
}
