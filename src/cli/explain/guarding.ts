/** What the guard would do with a message for these addresses. */
import { maskAddress } from '../../core/redact.ts'
import { guardOf, type GuardOptions } from '../../facade/guard-options.ts'

export interface GuardOutcome {
  /** `off`: there is none. Without a message what becomes of one that is not allowed. */
  readonly outcome: 'off' | 'pass' | 'redirect' | 'skip' | 'refuse'
  /** Masked. */
  readonly redirectTo?: string
}

/** The same rule as the pipeline's: all must be allowed, and of nobody nothing is known. */
export function guardOutcome(
  guard: GuardOptions | undefined,
  channel: string,
  addresses: readonly string[] = [],
): GuardOutcome {
  const rules = guardOf(guard, channel)
  if (!rules) return { outcome: 'off' }
  if (addresses.length > 0 && addresses.every((address) => rules.isAllowed(address)))
    return { outcome: 'pass' }
  if (rules.redirectTo === undefined) return { outcome: rules.otherwise }
  return { outcome: 'redirect', redirectTo: maskAddress(rules.redirectTo) }
}
