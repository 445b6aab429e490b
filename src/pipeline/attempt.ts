/** Makes one try at a delivery through its driver, within the attempt timeout, and writes it down. */
import type { Clock } from '../core/clock.ts'
import { Attempt, type Delivery, type Receipt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { bareError } from '../core/redact.ts'
import type { Run } from './compose.ts'

export function attempt(notifier: AnyNotifier, clock: Clock): Run {
  return async (delivery) => {
    if (delivery.abortReason) throw notStarted(delivery.abortReason)
    const startedAt = clock.monotonic()
    try {
      const receipt = await timed(notifier, delivery, clock)
      delivery.attempts.push({ provider: notifier.provider, ms: clock.monotonic() - startedAt })
      return receipt
    } catch (cause) {
      const error = asNotifyError(cause)
      delivery.attempts.push({ provider: notifier.provider, ms: clock.monotonic() - startedAt, error })
      throw error
    } finally {
      delivery.current = undefined
    }
  }
}

async function timed(notifier: AnyNotifier, delivery: Delivery, clock: Clock): Promise<Receipt> {
  const { attemptTimeoutMs } = delivery
  const current = new Attempt(delivery, delivery.attempts.length + 1)
  delivery.current = current
  const timer = clock.setTimeout(() => {
    current.abort(
      new NotifyError('TIMED_OUT', `No answer within the attempt timeout of ${attemptTimeoutMs} ms`),
    )
  }, attemptTimeoutMs)
  try {
    return await notifier.send(delivery.message, current)
  } finally {
    timer.cancel()
  }
}

function notStarted(reason: NotifyError): NotifyError {
  return new NotifyError(reason.code, reason.message, { delivery: 'not_sent', cause: reason.cause })
}

function asNotifyError(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  return new NotifyError('DRIVER_FAILED', 'The driver overrides send and threw', { cause: bareError(cause) })
}
