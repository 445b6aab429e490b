/** Which recipients one try has shown to be dead. */
import type { Attempt, Delivery } from '../core/delivery.ts'
import type { NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { DeadAddress } from '../core/stores.ts'

interface Tried {
  readonly delivery: Delivery
  readonly current: Attempt
  readonly error: NotifyError | undefined
}

export function deadOf(notifier: AnyNotifier, { delivery, current, error }: Tried): DeadAddress[] {
  const { channel } = delivery
  const told = current.dead.map((dead) => ({ channel, ...dead }))
  if (told.length > 0 || !error || !isDead(error)) return told
  const { reason = 'invalid', since } = error
  // Of several recipients the error does not say which one: that is the driver's to tell.
  const [address, ...others] = notifier.recipients?.(delivery.message) ?? []
  if (address === undefined || others.length > 0) return []
  return [{ channel, address, reason, ...(since && { since }) }]
}

function isDead({ code, reason }: NotifyError): boolean {
  return code === 'RECIPIENT_REJECTED' && (reason === 'invalid' || reason === 'unsubscribed')
}
