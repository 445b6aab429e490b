/** Asks the provider what became of an earlier try, before another one could make a second message. */
import { Attempt, type Delivery, type Receipt } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { Stage } from './compose.ts'
import type { Timeouts } from './timeouts.ts'

export function lookUp(notifier: AnyNotifier, timeouts: Timeouts): Stage {
  return (next) => async (delivery) => {
    const { triedAt } = delivery
    if (triedAt === undefined || !notifier.lookUp) return next(delivery)
    const receipt = await ask(notifier, { delivery, triedAt, timeouts })
    if (receipt) return receipt
    forgetDoubt(delivery)
    return next(delivery)
  }
}

interface Question {
  readonly delivery: Delivery
  readonly triedAt: number
  readonly timeouts: Timeouts
}

/** @throws {NotifyError} why it cannot be told: the message may still have gone out */
async function ask(
  notifier: AnyNotifier,
  { delivery, triedAt, timeouts }: Question,
): Promise<Receipt | undefined> {
  const question = new Attempt(delivery, delivery.attempts.length + 1)
  const wait = timeouts.add(question, delivery.attemptTimeoutMs)
  delivery.current = question
  if (delivery.abortReason) question.abort(delivery.abortReason)
  try {
    return await notifier.lookUp?.(delivery.message, question, triedAt)
  } catch (cause) {
    throw changed(question.abortReason ?? notifier.explain(cause), { delivery: 'unknown' })
  } finally {
    delivery.current = undefined
    wait.cancel()
  }
}

/** The provider has none of it: the tries so far have certainly not gone out. */
function forgetDoubt(delivery: Delivery): void {
  delivery.triedAt = undefined
  for (const [at, made] of delivery.attempts.entries()) {
    const { error } = made
    if (NotifyError.isNotifyError(error) && error.delivery === 'unknown') {
      delivery.attempts[at] = { ...made, error: changed(error, { delivery: 'not_sent' }) }
    }
  }
}
