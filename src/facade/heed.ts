/** Ties a delivery to the AbortSignal of its caller. */
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'

/** Gives the delivery up when the caller's signal fires. Returns how to stop listening. */
export function heed(signal: AbortSignal, delivery: Delivery): () => void {
  const abort = () => {
    delivery.abort(
      new NotifyError('ABORTED', 'The caller aborted the send', { cause: bareError(signal.reason) }),
    )
  }
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => {
    signal.removeEventListener('abort', abort)
  }
}
