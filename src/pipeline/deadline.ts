/** Gives a delivery up when its time is spent, however many tries are left, or when the message has outlived its use. */
import type { Clock, Timer } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { Skipped } from '../core/skipped.ts'
import type { Stage } from './compose.ts'
import type { Timeouts } from './timeouts.ts'

export function deadline(timeouts: Timeouts, clock: Clock): Stage {
  return (next) => async (delivery) => {
    delivery.deadlineAt = clock.monotonic() + delivery.deadlineMs
    const wait = timeouts.add(delivery, delivery.deadlineMs)
    const life = lifeOf(delivery, clock)
    try {
      return await next(delivery)
    } catch (cause) {
      throw isTooLate(cause, delivery) ? new Skipped('expired') : cause
    } finally {
      wait.cancel()
      life?.cancel()
    }
  }
}

/** A timer of its own, because every message ends at another moment; none where the deadline comes first. */
function lifeOf(delivery: Delivery, clock: Clock): Timer | undefined {
  if (delivery.expiresAt === undefined) return undefined
  const leftMs = delivery.expiresAt - clock.now()
  if (leftMs <= 0) delivery.lapse()
  return leftMs > 0 && leftMs < delivery.deadlineMs
    ? clock.setTimeout(() => lapseIfDue(delivery, clock), leftMs)
    : undefined
}

/** The wall clock may have been set back meanwhile: before the next try it is asked again. */
function lapseIfDue(delivery: Delivery, clock: Clock): void {
  // Timers may fire up to a millisecond early.
  if (delivery.expiresAt !== undefined && clock.now() + 1 >= delivery.expiresAt) delivery.lapse()
}

/** A message that expired while it was being sent, perhaps by somebody else under its key, has failed instead. */
function isTooLate(cause: unknown, { attempts }: Delivery): boolean {
  if (!NotifyError.isNotifyError(cause) || cause.code !== 'EXPIRED') return false
  return attempts.length === 0 && cause.delivery === 'not_sent'
}
