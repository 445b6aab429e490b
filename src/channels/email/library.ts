/** The parts of nodemailer we build on, loaded at the first send: its pool and its message sender are not among them. */
import type * as base64 from 'nodemailer/lib/base64'
import type DKIM from 'nodemailer/lib/dkim'
import type MailComposer from 'nodemailer/lib/mail-composer'
import type * as mimeFuncs from 'nodemailer/lib/mime-funcs'
import type MimeNode from 'nodemailer/lib/mime-node'
import type * as qp from 'nodemailer/lib/qp'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { loadPeer } from '../../core/peer.ts'

export interface Nodemailer {
  readonly Connection: typeof SMTPConnection
  readonly MailComposer: typeof MailComposer
  readonly DKIM: typeof DKIM
  readonly base64: Pick<typeof base64, 'encode' | 'wrap'>
  readonly qp: Pick<typeof qp, 'encode' | 'wrap'>
  readonly mimeFuncs: Pick<typeof mimeFuncs, 'foldLines' | 'hasLongerLines' | 'isPlainText'>
  /** Encodes the values of headers; belongs to no message. */
  readonly headers: Pick<MimeNode, 'encodeHeaderValue'>
}

/** Asked for every message: even of what is loaded, each `import()` is a search for the module. */
export class LazyNodemailer {
  #loaded: Nodemailer | undefined

  /** @throws {NotifyError} INVALID_CONFIG, where nodemailer is not installed */
  async load(): Promise<Nodemailer> {
    return (this.#loaded ??= await loadNodemailer())
  }
}

async function loadNodemailer(): Promise<Nodemailer> {
  const [connection, composer, dkim, base64, qp, mimeFuncs, mimeNode] = await loadPeer('nodemailer', () =>
    Promise.all([
      import('nodemailer/lib/smtp-connection'),
      import('nodemailer/lib/mail-composer'),
      import('nodemailer/lib/dkim'),
      import('nodemailer/lib/base64'),
      import('nodemailer/lib/qp'),
      import('nodemailer/lib/mime-funcs'),
      import('nodemailer/lib/mime-node'),
    ]),
  )
  return {
    Connection: defaultOf(connection),
    MailComposer: defaultOf(composer),
    DKIM: defaultOf(dkim),
    base64,
    qp,
    mimeFuncs,
    headers: new (defaultOf(mimeNode))('text/plain'),
  }
}

/** Bundlers that turn `import()` into `require()` wrap a CommonJS default once more. */
function defaultOf<T>(module: { readonly default: T }): T {
  const found = module.default as T | { readonly default: T }
  return typeof found === 'function' ? found : (found as { readonly default: T }).default
}
