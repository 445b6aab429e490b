/** Gives a delivery up when its time is spent, however many tries are left. */
import type { Clock } from '../core/clock.ts'
import type { Stage } from './compose.ts'
import type { Timeouts } from './timeouts.ts'

export function deadline(timeouts: Timeouts, clock: Clock): Stage {
  return (next) => async (delivery) => {
    delivery.deadlineAt = clock.monotonic() + delivery.deadlineMs
    const wait = timeouts.add(delivery, delivery.deadlineMs)
    try {
      return await next(delivery)
    } finally {
      wait.cancel()
    }
  }
}
