/** Waits for something that cannot be cancelled, and stops waiting in the turn of the abort. */
import { NotifyError } from '../../core/errors.ts'

/** @throws {NotifyError} ABORTED, not sent: only for what comes before the first byte is written */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(notStarted())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

export function notStarted(): NotifyError {
  return new NotifyError('ABORTED', 'Stopped before anything was written to Aliyun', { delivery: 'not_sent' })
}
