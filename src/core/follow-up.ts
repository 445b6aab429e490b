/** What may follow a failure: the policy that retry and failover share. */
import type { NotifyError } from './errors.ts'
import { FAILURES } from './failures.ts'

/** What to do where the provider may have accepted the message all the same. */
export type OnUnknown = 'stop' | 'retry'

/** Whether the same provider may be tried again soon. What one recipient cannot get now he cannot get in a moment. */
export function mayRetry(error: NotifyError, onUnknown: OnUnknown): boolean {
  const mayHelp = FAILURES[error.code].retry !== 'no' && error.scope !== 'recipient'
  return mayHelp && cannotDuplicate(error, onUnknown)
}

/** Whether another provider may be tried. */
export function mayFailOver(error: NotifyError, onUnknown: OnUnknown): boolean {
  return FAILURES[error.code].failover !== 'no' && cannotDuplicate(error, onUnknown)
}

function cannotDuplicate({ delivery }: NotifyError, onUnknown: OnUnknown): boolean {
  return delivery === 'not_sent' || onUnknown === 'retry'
}
