/** Opens sessions: through the proxy where there is one, logged in with the password or the shared token. */
import type { SMTPConnectionAuth, SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { SmtpConfig } from './config.ts'
import { SmtpFailure, type LibraryError } from './failure.ts'
import type { LazyNodemailer, Nodemailer } from './library.ts'
import { connectThroughProxy } from './proxy.ts'
import { SmtpSession } from './session.ts'
import type { SharedToken, TokenLogin } from './shared-token.ts'

export class SessionOpener {
  readonly #config: SmtpConfig
  readonly #token: SharedToken | undefined
  readonly #nodemailer: LazyNodemailer

  constructor(config: SmtpConfig, token: SharedToken | undefined, nodemailer: LazyNodemailer) {
    this.#config = config
    this.#token = token
    this.#nodemailer = nodemailer
  }

  /** @throws {SmtpFailure} phase `connect` */
  async open(signal: AbortSignal): Promise<SmtpSession> {
    const library = await this.#nodemailer.load()
    const token = this.#token
    if (!token) return this.#connect(library, this.#passwordAuth(), signal)
    const login = token.login()
    try {
      return await this.#withToken(library, login, signal)
    } catch (cause) {
      // Some servers refuse an old token by 535 at once, where nodemailer sees no reason to ask for a new one.
      if (!wasRefused(cause) || !(await login.renew(signal))) throw cause
      return this.#withToken(library, login, signal)
    }
  }

  async #withToken(library: Nodemailer, login: TokenLogin, signal: AbortSignal): Promise<SmtpSession> {
    // Before the connection, which the server would not hold open for a slow token endpoint.
    await login.prepare(signal)
    try {
      // The engine reads these two methods of nodemailer's XOAuth2 and no other.
      const auth = { method: 'XOAUTH2', oauth2: login } as unknown as SMTPConnectionAuth
      return await this.#connect(library, auth, signal)
    } catch (cause) {
      throw login.failure ?? cause
    }
  }

  async #connect(
    { Connection }: Nodemailer,
    auth: SMTPConnectionAuth | undefined,
    signal: AbortSignal,
  ): Promise<SmtpSession> {
    const options = connectionOptions(this.#config)
    if (this.#config.proxy !== undefined) {
      const tunnel = await connectThroughProxy(this.#config, signal)
      options.connection = tunnel
      if (signal.aborted) {
        // The engine would not close what it was never told to connect.
        tunnel.destroy()
        throw new SmtpFailure('connect', signal.reason)
      }
    }
    const session = new SmtpSession(new Connection(options))
    await session.open(auth, signal)
    return session
  }

  #passwordAuth(): SMTPConnectionAuth | undefined {
    const { auth } = this.#config
    // A copy: nodemailer writes its choices into it.
    return auth?.type === 'password' ? { user: auth.user, pass: auth.pass } : undefined
  }
}

function connectionOptions({ timeouts, ...config }: SmtpConfig): SMTPConnectionOptions {
  const { rejectUnauthorized, ...tls } = config.tls
  return {
    host: config.host.replace(/^\[(.*)\]$/, '$1'),
    port: config.port,
    secure: config.secure,
    requireTLS: config.requireTLS && !config.secure,
    ignoreTLS: !config.requireTLS && config.isLoopback,
    tls: { ...tls, rejectUnauthorized } as NonNullable<SMTPConnectionOptions['tls']>,
    ...(config.name === undefined ? {} : { name: config.name }),
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.socketMs,
    dnsTimeout: timeouts.connectMs,
    // Ended means gone: no half-closed socket keeps the process alive.
    socketCloseTimeout: 0,
  }
}

function wasRefused(failure: unknown): boolean {
  if (!(failure instanceof SmtpFailure)) return false
  const { code, responseCode } = (failure.cause ?? {}) as LibraryError
  return code === 'EAUTH' && responseCode !== undefined && responseCode >= 500
}
