/** One SMTP session on nodemailer's engine: callbacks and events become promises that end with the signal. */
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SMTPConnectionAuth, SMTPConnectionSendInfo, SMTPEnvelope } from 'nodemailer/lib/smtp-connection'
import type { Clock } from '../../core/clock.ts'
import { localError, SmtpFailure, type Phase } from './failure.ts'
import { TrackedBody } from './tracked-body.ts'

/** A built message and whom to name in the envelope. */
export interface OutgoingMail {
  readonly from: string
  readonly to: readonly string[]
  readonly bytes: Buffer
  /** RFC 3461: comes back in bounces. */
  readonly envelopeId: string
  /** An address needs SMTPUTF8. */
  readonly needsUtf8: boolean
  /** A part of the message is not 7bit. */
  readonly is8bit: boolean
  readonly requireTLS: boolean
}

/** How long a server may take over our QUIT, in milliseconds. */
const QUIT_MS = 1000

interface Progress {
  readonly phase: Phase
}
type Done<T> = (error: Error | null | undefined, value?: T) => void

export class SmtpSession {
  readonly #connection: SMTPConnection
  #fail: ((cause: unknown) => void) | undefined
  /** Messages handed over on it, refused ones too. */
  sent = 0
  /** It was idle in the pool, so the server may have closed it unnoticed. */
  isReused = false

  constructor(connection: SMTPConnection) {
    this.#connection = connection
    connection.on('error', (cause: Error) => this.#fail?.(cause))
    // Later than the error of the command at hand, which says more.
    connection.on('end', () =>
      queueMicrotask(() => this.#fail?.(localError('ECONNECTION', 'Connection closed'))),
    )
  }

  /** Whether it can take a command, as far as this side knows. */
  get isAlive(): boolean {
    const socket = this.#connection._socket
    return !this.#connection.destroyed && Boolean(socket && !socket.destroyed && socket.writable)
  }

  /** Connects, upgrades to TLS and logs in. */
  async open(auth: SMTPConnectionAuth | undefined, signal: AbortSignal): Promise<void> {
    await this.#run<void>(signal, { phase: 'connect' }, (done) =>
      this.#connection.connect((error) => done(error)),
    )
    if (!auth) return
    if (!this.#connection.allowsAuth) {
      this.destroy()
      throw new SmtpFailure('connect', localError('ENOAUTH', 'The server does not offer authentication'))
    }
    try {
      await this.#run(signal, { phase: 'connect' }, (done) => this.#connection.login(auth, done))
    } catch (failure) {
      this.destroy()
      throw failure
    }
  }

  /** Hands one message over. */
  async send(mail: OutgoingMail, signal: AbortSignal): Promise<SMTPConnectionSendInfo> {
    if (mail.needsUtf8 && !this.#knows('SMTPUTF8')) {
      throw new SmtpFailure('envelope', localError('ESMTPUTF8', 'The server does not know SMTPUTF8'))
    }
    const body = new TrackedBody(mail.bytes, this.#connection._socket)
    this.sent += 1
    const info = await this.#run<SMTPConnectionSendInfo>(signal, body, (done) => {
      this.#connection.send(envelopeOf(mail), body, done)
    })
    // Its answer and ours are out of step: what follows would be read as a part of this message.
    if (body.phase !== 'dot') {
      this.destroy()
      throw new SmtpFailure(
        'dot',
        localError('EPROTOCOL', 'The server accepted a message that was not complete'),
      )
    }
    return info
  }

  /** Ends what may be left of a refused message; also the way to ask whether the server is still there. */
  async reset(signal?: AbortSignal): Promise<void> {
    await this.#run(signal, { phase: 'connect' }, (done) => this.#connection.reset(done))
  }

  /** Keeps the process alive for this session, or no longer. */
  hold(isHeld: boolean): void {
    const socket = this.#connection._socket
    if (!socket) return
    if (isHeld) socket.ref()
    else socket.unref()
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#connection.close()
  }

  /** Takes leave of the server; drops the connection where it does not answer. */
  async quit(clock: Clock): Promise<void> {
    if (!this.isAlive) return this.destroy()
    this.hold(true)
    const timer = clock.setTimeout(() => this.destroy(), QUIT_MS)
    await new Promise<void>((resolve) => {
      this.#connection.once('end', resolve)
      this.#connection.quit()
    })
    timer.cancel()
  }

  #knows(extension: string): boolean {
    // nodemailer keeps the list of extensions to itself.
    const { _supportedExtensions: known } = this.#connection as unknown as { _supportedExtensions?: unknown }
    return Array.isArray(known) && known.includes(extension)
  }

  #run<T>(signal: AbortSignal | undefined, progress: Progress, start: (done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = () => {
        this.#fail = undefined
        signal?.removeEventListener('abort', abort)
      }
      const fail = (cause: unknown) => {
        settle()
        reject(new SmtpFailure(progress.phase, cause))
      }
      const abort = () => {
        fail(signal?.reason)
        this.destroy()
      }
      if (signal?.aborted) return abort()
      this.#fail = fail
      signal?.addEventListener('abort', abort, { once: true })
      start((error, value) => {
        if (error) return fail(error)
        settle()
        resolve(value as T)
      })
    })
  }
}

function envelopeOf({ from, to, bytes, envelopeId, is8bit, requireTLS }: OutgoingMail): SMTPEnvelope {
  return {
    from,
    to: [...to],
    // With it nodemailer compares with the server's SIZE before it sends anything.
    size: bytes.length,
    dsn: { envid: envelopeId },
    use8BitMime: is8bit,
    requireTLSExtensionEnabled: requireTLS,
  }
}
