/** Gives a delivery up when its time is spent, however many tries are left. */
import type { Clock } from '../core/clock.ts'
import { NotifyError } from '../core/errors.ts'
import type { Stage } from './compose.ts'

export function deadline(clock: Clock): Stage {
  return (next) => async (delivery) => {
    const { deadlineMs } = delivery
    const timer = clock.setTimeout(() => {
      delivery.abort(new NotifyError('TIMED_OUT', `Not done within the deadline of ${deadlineMs} ms`))
    }, deadlineMs)
    try {
      return await next(delivery)
    } finally {
      timer.cancel()
    }
  }
}
