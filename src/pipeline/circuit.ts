/** Asks the circuit breaker before each try, and tells it how the try went. */
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { Breaker } from './breaker.ts'
import type { Stage } from './compose.ts'

/** Lets nobody wait for his turn at a provider that is left alone. */
export function openCircuit(breaker: Breaker): Stage {
  return (next) => (delivery) => {
    breaker.assertUsed(delivery.isLastResort)
    return next(delivery)
  }
}

/** @param fairMs how long the provider must have had before its silence is its fault */
export function circuit(breaker: Breaker, fairMs: number): Stage {
  return (next) => async (delivery) => {
    const passage = breaker.enter(delivery.isLastResort)
    const triedBefore = delivery.attempts.length
    try {
      const receipt = await next(delivery)
      breaker.succeeded(passage)
      return receipt
    } catch (cause) {
      const wasAsked = delivery.attempts.length > triedBefore
      if (wasAsked && hadTime(delivery, cause, fairMs)) breaker.failed(cause, passage)
      // Given up too soon to tell, or before the provider was asked.
      else breaker.left(passage)
      throw cause
    }
  }
}

/** What we gave no time for says nothing about the provider; a driver's own time limits do. */
function hadTime(delivery: Delivery, cause: unknown, fairMs: number): boolean {
  if (!NotifyError.isNotifyError(cause) || cause.code !== 'TIMED_OUT') return true
  const ms = delivery.attempts.at(-1)?.ms ?? 0
  // Timers may fire up to a millisecond early.
  const isOurLimit = delivery.abortReason !== undefined || ms >= delivery.attemptTimeoutMs - 1
  return !isOurLimit || ms >= fairMs - 1
}
