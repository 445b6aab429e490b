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
    const candidates = composite.order().map((index): Candidate<Receipt> => {
      const attempt = (isLastResort: boolean) =>
        asMember(delivery, { message: messages[index], isLastResort, run: runs[index] })
      return { run: () => attempt(delivery.isLastResort), runAnyway: () => attempt(true) }
    })
    return tryInOrder(candidates, onUnknown)
  }
}

interface Part {
  readonly message: unknown
  readonly isLastResort: boolean
  readonly run: Run | undefined
}

/** Shows the delivery to one member as its own. */
async function asMember(delivery: Delivery, { message, isLastResort, run }: Part): Promise<Receipt> {
  const before = { message: delivery.message, isLastResort: delivery.isLastResort }
  Object.assign(delivery, { message, isLastResort })
  try {
    if (!run) throw new TypeError('A composite changed its members')
    return await run(delivery)
  } finally {
    Object.assign(delivery, before)
  }
}
