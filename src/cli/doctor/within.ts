/** Bounds one check in time. */
import type { Clock } from '../../core/clock.ts'

export interface Limits {
  readonly clock: Clock
  /** Milliseconds for one check. */
  readonly timeoutMs: number
}

/** What `work` settles to, or ETIMEDOUT; then its signal has told it to close its sockets. */
export function within<T>(
  { clock, timeoutMs }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  return new Promise<T>((resolve, reject) => {
    const timer = clock.setTimeout(() => {
      const error = Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })
      controller.abort(error)
      reject(error)
    }, timeoutMs)
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => timer.cancel())
  })
}

/** The system's word for a failure: ECONNREFUSED. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'UNKNOWN'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

/** Closes the socket, or what holds it, when the signal aborts. */
export function destroyWith(socket: { destroy(error?: Error): unknown }, signal: AbortSignal): void {
  const stop = () => void socket.destroy()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
}
