/** Keeps messages of a staging system away from real people: before any driver, on every channel. */
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { Skipped } from '../core/skipped.ts'
import type { Stage } from './compose.ts'

export interface GuardRules {
  isAllowed(address: string): boolean
  /** Who gets what is not allowed; nobody where absent. */
  readonly redirectTo: string | undefined
  readonly otherwise: 'skip' | 'refuse'
}

export function guard(notifier: AnyNotifier, rules: GuardRules): Stage {
  const { redirectTo, otherwise } = rules
  return (next) => (delivery) => {
    const recipients = notifier.recipients?.(delivery.message) ?? []
    if (recipients.length > 0 && recipients.every((address) => rules.isAllowed(address)))
      return next(delivery)
    if (redirectTo !== undefined && notifier.redirected) {
      delivery.message = notifier.redirected(delivery.message, redirectTo)
      delivery.isRedirected = true
      return next(delivery)
    }
    if (otherwise === 'skip') throw new Skipped('guard')
    const text = 'The guard lets nothing be sent to this recipient'
    throw new NotifyError('RECIPIENT_REJECTED', text, { reason: 'refused' })
  }
}
