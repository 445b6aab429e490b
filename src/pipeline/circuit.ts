/** Asks the circuit breaker before each try, and tells it how the try went. */
import type { Breaker } from './breaker.ts'
import type { Stage } from './compose.ts'

export function circuit(breaker: Breaker): Stage {
  return (next) => async (delivery) => {
    const passage = breaker.enter(delivery.isLastResort)
    const triedBefore = delivery.attempts.length
    try {
      const receipt = await next(delivery)
      breaker.succeeded(passage)
      return receipt
    } catch (cause) {
      if (delivery.attempts.length > triedBefore) breaker.failed(cause, passage)
      // Given up while it waited for its turn: the provider has not been asked.
      else breaker.left(passage)
      throw cause
    }
  }
}
