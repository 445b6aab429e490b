/** Sorts what a session threw: refusals by command and status, everything else by the engine's code and the phase. */
import { changed, NotifyError } from '../../core/errors.ts'
import type { ErrorRow } from '../../core/error-table.ts'
import type { Scrub } from '../../core/redact.ts'
import { localError, SmtpFailure, type LibraryError } from './failure.ts'
import { readReply, rowOfCodes, rowOfReply, shown, withoutBase64, type Reply } from './reply.ts'

const SUBJECT: Readonly<Record<string, string>> = {
  GREETING: 'The server refused the connection',
  STARTTLS: 'The server refused STARTTLS',
  AUTH: 'The server refused the login',
  MAIL: 'The server refused the sender',
  RCPT: 'The server refused the recipient',
  DATA: 'The server refused the message',
}

/** Any failure of a session as our error; `scrub` cuts secrets out before a text is folded and cut off. */
export function explain(cause: unknown, scrub: Scrub): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  if (!(cause instanceof SmtpFailure)) {
    // Nothing was handed to a session yet, or it would be a failure of the session.
    return new NotifyError('DRIVER_FAILED', 'The message could not be prepared', {
      cause,
      delivery: 'not_sent',
    })
  }
  const error = asLibraryError(cause.cause)
  if (error.rejectedErrors && error.rejectedErrors.length > 0) return allRefused(error.rejectedErrors, scrub)
  const reply = readReply(error.response)
  return reply ? refusal(error, reply, scrub) : breakdown(error, cause, scrub)
}

/** A reply of the server: whatever it says, it did not accept. */
function refusal(cause: LibraryError, reply: Reply, scrub: Scrub): NotifyError {
  const command = commandOf(cause)
  const isLogin = command === 'AUTH'
  const { code = 'DRIVER_FAILED', ...row }: Partial<ErrorRow> = rowOfReply(command, reply) ?? {}
  const text = shown(reply.text, isLogin ? (all) => withoutBase64(scrub(all)) : scrub)
  return new NotifyError(code, `${SUBJECT[command] ?? `The server refused ${command}`}: ${text}`, {
    // The engine's own error quotes the reply to a login in full.
    cause: isLogin ? localError(cause.code ?? 'EAUTH', text) : cause,
    delivery: 'not_sent',
    provider: { code: codeOf(reply), status: reply.status, message: text },
    reason: row.reason,
    scope: row.scope,
    retryAfterMs: row.retryAfterMs,
  })
}

function codeOf({ status, enhanced }: Reply): string {
  return enhanced === undefined ? String(status) : `${status} ${enhanced}`
}

/** The reply to one recipient, as nodemailer keeps it. */
export function refusalOfRecipient(error: LibraryError, scrub: Scrub): NotifyError {
  const reply = readReply(error.response)
  const { command = 'RCPT TO' } = error
  if (reply) return refusal(Object.assign(error, { command }), reply, scrub)
  return explain(new SmtpFailure('envelope', error), scrub)
}

/** Scrubbing costs time for every recipient of the message: not for texts that nobody will see. */
const WITHHELD: Scrub = () => ''

/**
 * Nobody was accepted. One error must speak for all: what can be sent later first, then what is our own fault; and
 * of those, what is not about the recipient alone.
 */
function allRefused(errors: readonly LibraryError[], scrub: Scrub): NotifyError {
  const each = errors.map((error) => ({ error, told: refusalOfRecipient(error, WITHHELD) }))
  const rank = (told: NotifyError) => (told.retryable ? 2 : 0) + (told.scope === 'recipient' ? 0 : 1)
  const [speaker] = each.toSorted((a, b) => rank(b.told) - rank(a.told))
  const told = refusalOfRecipient(asLibraryError(speaker?.error), scrub)
  if (each.length === 1) return told
  const { provider } = told
  const replies = [...new Set(each.map((one) => one.told.provider?.code ?? one.told.code))].join(', ')
  const text = `The server refused all ${each.length} recipients (${replies}): ${provider?.message ?? ''}`
  return changed(told, { message: text })
}

/** No reply to go by: the connection failed, or what came was not SMTP. */
function breakdown(error: LibraryError, failure: SmtpFailure, scrub: Scrub): NotifyError {
  const { code = 'EPROTOCOL', originalCode, timeoutType } = error
  const isGarbage = wasUnreadable(error)
  const row: Partial<ErrorRow> = (isGarbage ? undefined : rowOfCodes([originalCode, code])) ?? {}
  const unexplained = isGarbage ? 'The server’s answer is not SMTP' : 'The SMTP session failed'
  const message = shown(error.message, scrub)
  const { code: ours = 'DRIVER_FAILED', meaning = unexplained, reason } = row
  return new NotifyError(ours, `${meaning}: ${message}`, {
    cause: error,
    delivery: failure.delivery,
    reason,
    provider: { code: originalCode ?? timeoutType ?? code, message },
  })
}

/** An answer came, but no SMTP refusal; the two codes are also used for what is wrong on our side. */
function wasUnreadable({ code, command, response }: LibraryError): boolean {
  if (response) return true
  return (code === 'EMESSAGE' && command !== 'MAIL FROM') || (code === 'EENVELOPE' && command !== 'API')
}

/** Whether the session can go on after this failure, once reset. */
export function isOrderlyRefusal(failure: unknown): boolean {
  if (!(failure instanceof SmtpFailure)) return false
  // While the text is under way a reply comes too early: the rest of it would be read as commands.
  if (failure.phase === 'connect' || failure.phase === 'data') return false
  const { response, command } = asLibraryError(failure.cause)
  const reply = readReply(response)
  if (!reply) return failure.phase === 'envelope' && response === undefined && command === 'MAIL FROM'
  return reply.status !== 421 && reply.status !== 503 && !reply.enhanced?.startsWith('5.5.')
}

/** Whether a session that had been idle turned out to be closed: then nothing of the message was taken. */
export function wasStale(failure: unknown): boolean {
  if (!(failure instanceof SmtpFailure) || failure.phase !== 'envelope') return false
  const { code = '', response } = asLibraryError(failure.cause)
  const reply = readReply(response)
  return reply ? reply.status === 421 : ['ECONNECTION', 'ESOCKET'].includes(code) && !response
}

function commandOf({ command = '', code }: LibraryError): string {
  if (command === 'CONN') return code === 'ETLS' ? 'STARTTLS' : 'GREETING'
  const [verb = ''] = command.split(' ')
  return verb
}

function asLibraryError(cause: unknown): LibraryError {
  return cause instanceof Error ? cause : new Error('The SMTP session failed')
}
