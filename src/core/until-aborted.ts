/** Waits for work that cannot be cancelled, or that others share, and stops waiting in the turn of the abort. */
import { NotifyError } from './errors.ts'

/**
 * What `work` settles to, unless `signal` aborts first; the work itself goes on.
 * @throws {NotifyError} ABORTED, not sent: only for what comes before the first byte of the message is written
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(notStarted())
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const forget = () => signal.removeEventListener('abort', stop)
    work.then(resolve, reject).then(forget, forget)
  })
}

/** What an attempt that was stopped before its message was written ends with. */
export function notStarted(): NotifyError {
  return new NotifyError('ABORTED', 'Stopped before the message was written', { delivery: 'not_sent' })
}
