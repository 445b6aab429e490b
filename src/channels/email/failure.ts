/** Why a try failed, and how far it had come: that alone decides whether the message may have gone out. */
import type { Certainty } from '../../core/failures.ts'

/**
 * - `connect`: no session yet
 * - `envelope`: sender and recipients are being named
 * - `data`: the message is under way, its end not yet
 * - `dot`: the final dot was written, so the server may have taken the message over
 */
export type Phase = 'connect' | 'envelope' | 'data' | 'dot'

export class SmtpFailure extends Error {
  override readonly name = 'SmtpFailure'
  readonly phase: Phase

  constructor(phase: Phase, cause: unknown) {
    super(cause instanceof Error ? cause.message : 'The SMTP session failed', { cause })
    this.phase = phase
  }

  /** Whether the server could have accepted the message, as long as it did not refuse it in so many words. */
  get delivery(): Certainty {
    return this.phase === 'dot' ? 'unknown' : 'not_sent'
  }
}

/** What nodemailer writes on its errors. Source: nodemailer 10.6.0, lib/errors and lib/smtp-connection. */
export interface LibraryError extends Error {
  readonly code?: string
  readonly originalCode?: string
  readonly timeoutType?: string
  /** The command that failed: `CONN`, `EHLO`, `MAIL FROM`, `AUTH PLAIN`. */
  readonly command?: string
  /** The server's reply, word for word; several lines are joined by a line feed. */
  readonly response?: string
  readonly responseCode?: number
  readonly recipient?: string
  readonly rejectedErrors?: readonly LibraryError[]
}

/** An error in nodemailer's shape, for what its engine leaves to us. */
export function localError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
