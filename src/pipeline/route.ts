/** Sends through the providers of a composite, each behind its own stages. */
import type { Composite } from '../core/composite.ts'
import type { Delivery, Receipt } from '../core/delivery.ts'
import { tryInOrder, type Candidate } from '../core/failover.ts'
import type { OnUnknown } from '../core/follow-up.ts'
import type { Run } from './compose.ts'

/** @param runs one per member, in the same order */
export function route(composite: Composite, runs: readonly Run[], onUnknown: OnUnknown): Run {
  return (delivery) => {
    const messages = delivery.message as readonly unknown[]
    const order = composite.order()
    const { isLastResort, hasAlternative } = delivery
    const isAlone = order.length === 1 && !hasAlternative
    const triedBefore = delivery.attempts.length
    const candidates = order.map((index): Candidate<Receipt> => {
      const ask = (how: Pick<Part, 'isLastResort' | 'hasAlternative'>) =>
        asMember(delivery, { message: messages[index], run: runs[index], ...how })
      return {
        // Nobody waits long at one of several: the shortest line is known when all have been asked.
        run: () => ask({ isLastResort, hasAlternative: !isAlone }),
        runAnyway: () => ask({ isLastResort: true, hasAlternative: false }),
        wasAsked: () => delivery.attempts.length > triedBefore,
      }
    })
    return tryInOrder(candidates, { onUnknown, isLastResort: !hasAlternative })
  }
}

interface Part {
  readonly message: unknown
  readonly isLastResort: boolean
  readonly hasAlternative: boolean
  readonly run: Run | undefined
}

/** Shows the delivery to one member as its own. */
async function asMember(delivery: Delivery, { run, ...part }: Part): Promise<Receipt> {
  const { message, isLastResort, hasAlternative } = delivery
  const before = { message, isLastResort, hasAlternative }
  Object.assign(delivery, part)
  try {
    if (!run) throw new TypeError('A composite changed its members')
    return await run(delivery)
  } finally {
    Object.assign(delivery, before)
  }
}
