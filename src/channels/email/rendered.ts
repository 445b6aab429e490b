/** What a message becomes on the wire, for tests and previews. */
import type { ComposedMail } from './compose.ts'

/** A composed e-mail that was not sent. */
export interface RenderedEmail {
  /** Whom the server would be told: bare addresses, `to`, `cc` and `bcc` together, each once. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  /** The Message-ID header. */
  readonly messageId: string
  /**
   * The message, headers, DKIM signatures and all, its lines ended by CR LF. Bytes that are no UTF-8, which only an
   * attached message can hold, are shown as U+FFFD.
   */
  readonly raw: string
}

export function renderedOf({ from, to, messageId, bytes }: ComposedMail): RenderedEmail {
  return { envelope: { from, to }, messageId, raw: bytes.toString('utf8') }
}
