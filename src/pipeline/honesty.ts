/** Sees that the outcome of all tries together claims no more than each of them allows. */
import type { Delivery } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { Stage } from './compose.ts'

export function honesty(): Stage {
  return (next) => async (delivery) => {
    try {
      return await next(delivery)
    } catch (cause) {
      throw NotifyError.isNotifyError(cause) ? outcomeOf(cause, delivery) : cause
    }
  }
}

function outcomeOf(error: NotifyError, { attempts }: Delivery): NotifyError {
  if (error.delivery === 'unknown') return error
  // A try that may have reached the provider is not undone by a later one that was refused.
  const isOpen = attempts.some((attempt) => attempt.error?.delivery === 'unknown')
  return isOpen ? changed(error, { delivery: 'unknown' }) : error
}
