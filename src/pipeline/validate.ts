/** Turns the caller's input into the channel's message, once, before anything costs money. */
import type { AnyNotifier } from '../core/notifier.ts'
import type { Stage } from './compose.ts'

export function validate(notifier: AnyNotifier): Stage {
  return (next) => (delivery) => {
    delivery.message = notifier.parse(delivery.message)
    return next(delivery)
  }
}
