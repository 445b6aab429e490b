/** Tries again where that can help and cannot make a second message. */
import type { Clock } from '../core/clock.ts'
import type { Delivery } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import { mayRetry, type OnUnknown } from '../core/follow-up.ts'
import type { Emit } from '../core/events.ts'
import { fullJitterMs, type Backoff } from './backoff.ts'
import type { Stage } from './compose.ts'
import { hasTimeFor, Pause } from './pause.ts'

export interface RetryPolicy extends Backoff {
  /** How often one message is tried in all. */
  readonly tries: number
  /** What to do where the provider may have accepted the message all the same. */
  readonly onUnknown: OnUnknown
}

export function retry(policy: RetryPolicy, clock: Clock, emit?: Emit): Stage {
  return (next) => async (delivery) => {
    let tried = 0
    for (let round = 1; ; round += 1) {
      const before = delivery.attempts.length
      try {
        return await next(delivery)
      } catch (cause) {
        tried += triesIn(delivery, before, policy)
        if (tried >= policy.tries || delivery.abortReason || !NotifyError.isNotifyError(cause)) throw cause
        if (!mayRetry(cause, policy.onUnknown)) throw cause
        // On top of what the provider asked for: those who were told the same do not come back together.
        const delayMs = (cause.retryAfterMs ?? 0) + fullJitterMs(round, policy)
        // A wait that would be cut short helps nobody: the failure at hand says more than TIMED_OUT.
        if (!hasTimeFor(delayMs, delivery, clock)) throw cause
        const { id, channel } = delivery
        emit?.({ type: 'retry', id, channel, at: clock.now(), delayMs, error: cause })
        await pause(delivery, { clock, delayMs, cause })
      }
    }
  }
}

/** Where nobody is asked, because a provider is left alone or a line is long, it is no try. */
function triesIn({ attempts }: Delivery, before: number, { tries }: RetryPolicy): number {
  return attempts.length > before || tries === 1 ? 1 : 0
}

interface Wait {
  readonly clock: Clock
  readonly delayMs: number
  /** What failed before. */
  readonly cause: NotifyError
}

/** @throws {NotifyError} why the delivery was given up meanwhile, the failure before as its cause */
async function pause(delivery: Delivery, { clock, delayMs, cause }: Wait): Promise<void> {
  const waiting = new Pause(clock, delayMs)
  delivery.current = waiting
  await waiting.done
  delivery.current = undefined
  const { abortReason } = delivery
  if (!abortReason) return
  const { delivery: certainty, provider } = cause
  throw changed(abortReason, { delivery: certainty, provider, cause })
}
