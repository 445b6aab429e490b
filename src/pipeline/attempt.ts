/** Makes one try at a delivery through its driver, within the attempt timeout, and writes it down. */
import type { Clock } from '../core/clock.ts'
import { Attempt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { bareError } from '../core/redact.ts'
import type { Run } from './compose.ts'
import type { Timeouts } from './timeouts.ts'

export function attempt(notifier: AnyNotifier, clock: Clock, timeouts: Timeouts): Run {
  const { provider } = notifier
  return async (delivery) => {
    if (delivery.abortReason) throw neverTried(delivery.abortReason)
    const current = new Attempt(delivery, delivery.attempts.length + 1)
    const wait = timeouts.add(current, delivery.attemptTimeoutMs)
    const startedAt = clock.monotonic()
    delivery.current = current
    try {
      const receipt = await notifier.send(delivery.message, current)
      delivery.attempts.push({ provider, ms: clock.monotonic() - startedAt })
      return receipt
    } catch (cause) {
      const error = asNotifyError(cause)
      delivery.attempts.push({ provider, ms: clock.monotonic() - startedAt, error })
      throw error
    } finally {
      delivery.current = undefined
      wait.cancel()
    }
  }
}

function neverTried(reason: NotifyError): NotifyError {
  return new NotifyError(reason.code, reason.message, { delivery: 'not_sent', cause: reason.cause })
}

function asNotifyError(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  return new NotifyError('DRIVER_FAILED', 'The driver overrides send and threw', { cause: bareError(cause) })
}
