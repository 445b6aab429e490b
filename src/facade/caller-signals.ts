/** Ties deliveries to the AbortSignals of their callers: one listener per signal, however many sends share it. */
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'

interface Heeded {
  readonly deliveries: Set<Delivery>
  readonly abort: () => void
}

export class CallerSignals {
  readonly #heeded = new Map<AbortSignal, Heeded>()

  /** Gives the delivery up when the signal fires. Returns how to stop listening. */
  heed(signal: AbortSignal, delivery: Delivery): () => void {
    if (signal.aborted) delivery.abort(toReason(signal))
    const { deliveries } = this.#heeded.get(signal) ?? this.#listen(signal)
    deliveries.add(delivery)
    return () => {
      deliveries.delete(delivery)
      if (deliveries.size === 0) this.#forget(signal)
    }
  }

  #listen(signal: AbortSignal): Heeded {
    const deliveries = new Set<Delivery>()
    const abort = () => {
      const reason = toReason(signal)
      for (const delivery of deliveries) delivery.abort(reason)
    }
    const heeded = { deliveries, abort }
    this.#heeded.set(signal, heeded)
    signal.addEventListener('abort', abort, { once: true })
    return heeded
  }

  #forget(signal: AbortSignal): void {
    const heeded = this.#heeded.get(signal)
    if (heeded) signal.removeEventListener('abort', heeded.abort)
    this.#heeded.delete(signal)
  }
}

function toReason(signal: AbortSignal): NotifyError {
  return new NotifyError('ABORTED', 'The caller aborted the send', { cause: bareError(signal.reason) })
}
