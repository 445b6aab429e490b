/** Waits for the account's turn before each try. */
import type { AccountLimit } from './account-limit.ts'
import type { Stage } from './compose.ts'

export function accountLimit(limit: AccountLimit): Stage {
  return (next) => async (delivery) => {
    const entering = limit.enter(delivery)
    const turn = entering instanceof Promise ? await entering : entering
    const triedBefore = delivery.attempts.length
    try {
      const receipt = await next(delivery)
      limit.used(turn)
      return receipt
    } catch (cause) {
      if (delivery.attempts.length > triedBefore) limit.used(turn, cause)
      else limit.giveBack(turn)
      throw cause
    }
  }
}
