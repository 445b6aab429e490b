/** What SQLite fails with, in our words. */
import { NotifyError } from '../../core/errors.ts'
import { bareError } from '../../core/redact.ts'

/** Primary result codes. Source: https://www.sqlite.org/rescode.html (read 2026-11-23). */
const [PERM, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB] = [
  3, 5, 6, 8, 10, 11, 13, 14, 26,
]

const UNUSABLE: Readonly<Record<number, string>> = {
  [PERM]: 'may not be written; give this process the right to',
  [READONLY]: 'is read-only; give this process the right to write it and its directory',
  [CANTOPEN]: 'cannot be opened; its directory must exist and be writable',
  [CORRUPT]: 'is damaged; put it aside and restore it from a backup',
  [NOTADB]: 'is no outbox; name another file, or put it aside',
}

/** As the libraries tell it: a number, in a field of their own. */
function codeOf(cause: unknown): number {
  const { errcode, code, message } = (cause ?? {}) as Readonly<Record<string, unknown>>
  if (typeof errcode === 'number') return errcode & 0xff
  const text = `${String(code)} ${String(message)}`
  if (/SQLITE_FULL|disk is full|ENOSPC|EDQUOT/.test(text)) return FULL
  if (/SQLITE_BUSY|database is locked/.test(text)) return BUSY
  if (/SQLITE_READONLY|readonly database|EROFS/.test(text)) return READONLY
  if (/SQLITE_NOTADB|not a database/.test(text)) return NOTADB
  if (/SQLITE_CORRUPT|malformed/.test(text)) return CORRUPT
  if (/SQLITE_CANTOPEN|unable to open|EACCES|EPERM|ENOENT|ENOTDIR|EISDIR/.test(text)) return CANTOPEN
  return /SQLITE_IOERR|disk I\/O error/.test(text) ? IOERR : 0
}

/** Whether another connection is writing: it may work a moment later. */
export function isBusy(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === BUSY || code === LOCKED
}

/** Whether there is no room for more, which SQLite tells in two ways. */
export function isDiskFull(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === FULL || code === IOERR
}

/** Without SQLite's own text where that could quote a value. */
export function toNotifyError(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  const code = codeOf(cause)
  const unusable = UNUSABLE[code]
  const details = { delivery: 'not_sent', cause: bareError(cause) } as const
  if (unusable) return new NotifyError('INVALID_CONFIG', `The file of the outbox ${unusable}`, details)
  if (isDiskFull(cause)) return diskFull(cause)
  if (isBusy(cause)) return busyForTooLong(cause)
  return new NotifyError('UNAVAILABLE', 'The outbox failed; nothing is known to be accepted', details)
}

export function diskFull(cause?: unknown): NotifyError {
  return notAccepted(
    'The disk of the outbox is full, or failed; free some space: nothing was accepted',
    cause,
  )
}

/** Another connection did not come to an end in time. */
export function busyForTooLong(cause?: unknown): NotifyError {
  return notAccepted('Another process has been writing to the outbox for too long', cause)
}

function notAccepted(text: string, cause: unknown): NotifyError {
  const details = { delivery: 'not_sent', ...(cause !== undefined && { cause: bareError(cause) }) } as const
  return new NotifyError('UNAVAILABLE', text, details)
}
