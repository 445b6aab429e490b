/** Sends nothing to addresses that a provider has called dead. */
import type { AnyNotifier } from '../core/notifier.ts'
import { Skipped } from '../core/skipped.ts'
import type { SuppressionStore } from '../core/stores.ts'
import type { Stage } from './compose.ts'
import { untilGivenUp } from './until-given-up.ts'
import { warn } from './warn.ts'

/** A message for several is skipped only where all of them are dead. */
export function suppression(notifier: AnyNotifier, store: SuppressionStore): Stage {
  return (next) => async (delivery) => {
    const recipients = notifier.recipients?.(delivery.message) ?? []
    const asking = areAllDead(store, delivery.channel, recipients)
    if (await untilGivenUp(asking, delivery, 'not_sent')) throw new Skipped('suppressed')
    return next(delivery)
  }
}

/** A store that cannot be asked keeps nobody from being told. */
async function areAllDead(
  store: SuppressionStore,
  channel: string,
  recipients: readonly string[],
): Promise<boolean> {
  try {
    for (const address of recipients) if (!(await store.find(channel, address))) return false
    return recipients.length > 0
  } catch (cause) {
    warn('The suppression store failed; the message is sent', cause)
    return false
  }
}
