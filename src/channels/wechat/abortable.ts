/** Lets one caller stop waiting for work that others share. */
import { NotifyError } from '../../core/errors.ts'

/**
 * What `work` settles to, unless `signal` aborts first; the work itself goes on.
 * @throws {NotifyError} ABORTED, not sent: for what comes before the message is written
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      reject(new NotifyError('ABORTED', 'Stopped before the message was written', { delivery: 'not_sent' }))
    }
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const forget = () => signal.removeEventListener('abort', stop)
    work.then(resolve, reject).then(forget, forget)
  })
}
