/** How a fake SMTP server behaves, and what it shows of the mail it took. */
import type { FakeWatch, ProviderFake } from '../../core/fake.ts'

export interface FakeSmtpOptions {
  /** Passwords by user name. With any, or with access tokens, mail is taken after a login only. */
  readonly users?: Readonly<Record<string, string>>
  /** Takes any login, and mail without one. @default false */
  readonly acceptsAnyLogin?: boolean
  /** OAuth2 access tokens that XOAUTH2 takes. */
  readonly accessTokens?: readonly string[]
  /** Certificate and key in PEM: offers STARTTLS, and logins after it only. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** TLS from the first byte, with `tls`. @default false */
  readonly secure?: boolean
  /** Largest message in bytes, announced as SIZE. @default 26_214_400 */
  readonly maxBytes?: number
  /** Recipients of one message. @default 100 */
  readonly maxRecipients?: number
  /** Addresses that exist; all do where it is left out. */
  readonly mailboxes?: readonly string[]
  /** Addresses that mail may come from; all may where it is left out. */
  readonly senders?: readonly string[]
  /** Commands in batches, RFC 2920. @default true */
  readonly pipelining?: boolean
  /** Addresses in any script, RFC 6531. @default true */
  readonly smtpUtf8?: boolean
  /** REQUIRETLS, RFC 8689. @default false */
  readonly requireTLS?: boolean
  /** @default a random one */
  readonly port?: number
  /** A recipient that is refused is told of at once, before its message is there. */
  readonly watch?: FakeWatch<FakeEmail>
}

/** A message as the server keeps it. */
export interface FakeEmail {
  /** The envelope's sender. */
  readonly from: string
  /** The envelope's recipients that were accepted. */
  readonly to: readonly string[]
  /** The message, headers and all, as it came. */
  readonly raw: Buffer
  /** Who logged in. */
  readonly user: string | undefined
  /** Whether it came over TLS. */
  readonly isSecure: boolean
  /** RFC 3461. */
  readonly envelopeId: string | undefined
  readonly receivedAt: Date
}

/** A command to answer, or `GREETING`, or `MESSAGE` for the end of the message. */
export type FakeCommand =
  'GREETING' | 'EHLO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'MESSAGE' | 'RSET' | 'NOOP' | 'QUIT'

export interface FakeRefusal {
  readonly command: FakeCommand
  /** The whole reply, such as `550 5.1.1 No such user`. After a 421 the connection is closed. */
  readonly reply: string
}

/** An SMTP server on 127.0.0.1. */
export interface FakeSmtp extends ProviderFake<FakeEmail> {
  readonly host: string
  readonly port: number
  /** Verbs received, oldest first, over all connections. */
  readonly commands: readonly string[]
  /** OAuth2 access tokens that are valid now; change them to let one expire. */
  readonly accessTokens: Set<string>
  /** Connections ever made. */
  readonly connectionsMade: number
  /** Connections open now. */
  readonly connections: number
  /** Answers the next such command with this reply, once; several are answered in the order given. */
  refuseNext(refusal: FakeRefusal): void
  /** Resets every connection that is open, as a server or a firewall does with idle ones. */
  dropConnections(): void
}
