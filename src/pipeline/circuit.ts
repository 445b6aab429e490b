/** Asks the circuit breaker before each try, and tells it how the try went. */
import type { Breaker } from './breaker.ts'
import type { Stage } from './compose.ts'

export function circuit(breaker: Breaker): Stage {
  return (next) => async (delivery) => {
    const passage = breaker.enter(delivery.isLastResort)
    try {
      const receipt = await next(delivery)
      breaker.succeeded(passage)
      return receipt
    } catch (cause) {
      breaker.failed(cause, passage)
      throw cause
    }
  }
}
