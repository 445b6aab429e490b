/** The options that keep messages of a staging system away from real people. */
import { expecting, issuesWithin, kindOf, type Check } from '../core/checks.ts'
import type { Issue } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { GuardRules } from '../pipeline/guard.ts'
import { leavesOf } from './limit-options.ts'

export interface GuardOptions {
  /**
   * Who may be sent to: addresses as the channel's docs give them, in any case, with `*` for any characters
   * (`*@example.com`); or regular expressions. @default nobody
   */
  readonly allow?: readonly (string | RegExp)[] | undefined
  /** Who gets what is for anybody else, by channel: `{ email: 'dev@example.com' }`. @default nobody */
  readonly redirectTo?: Readonly<Record<string, string>> | undefined
  /**
   * What becomes of the rest: `skip` gives a skipped result, `refuse` a failed one (RECIPIENT_REJECTED).
   * @default 'skip'
   */
  readonly otherwise?: 'skip' | 'refuse' | undefined
}

type Channels = ReadonlyMap<string, AnyNotifier>

/** Everything that is wrong with them, drivers that cannot be guarded included. */
export function issuesOfGuard(guard: GuardOptions | undefined, channels: Channels): Issue[] {
  if (guard === undefined) return []
  const redirectTo: Check = (value) => redirectIssue(value, channels)
  const issues = issuesWithin('guard', guard, { allow: patterns, redirectTo, otherwise })
  for (const [name, notifier] of channels) {
    if (leavesOf(notifier).some((leaf) => !leaf.recipients)) {
      const message = 'cannot be guarded: its driver does not name its recipients'
      issues.push({ path: `channels.${name}`, message })
    }
  }
  return issues
}

const patterns: Check = expecting(
  'a list of addresses and regular expressions',
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' || one instanceof RegExp),
)

const otherwise: Check = expecting("'skip' or 'refuse'", (value) => value === 'skip' || value === 'refuse')

function redirectIssue(value: unknown, channels: Channels): string | undefined {
  if (typeof value !== 'object' || value === null) return `expected an object, received ${kindOf(value)}`
  for (const [name, address] of Object.entries(value)) {
    const notifier = channels.get(name)
    if (!notifier) return `names the channel "${name}", which there is not`
    if (typeof address !== 'string' || address === '') return `expected an address for "${name}"`
    if (leavesOf(notifier).some((leaf) => !leaf.redirected)) {
      return `the driver of "${name}" cannot redirect`
    }
  }
  return undefined
}

/** The rules of one channel. */
export function guardOf(guard: GuardOptions | undefined, channel: string): GuardRules | undefined {
  if (guard === undefined) return undefined
  const allowed = (guard.allow ?? []).map(toPattern)
  return {
    isAllowed: (address) => allowed.some((pattern) => pattern.test(address)),
    redirectTo: guard.redirectTo?.[channel],
    otherwise: guard.otherwise ?? 'skip',
  }
}

/** Whole addresses only; without the flags that make a pattern remember where it was. */
function toPattern(allowed: string | RegExp): RegExp {
  if (allowed instanceof RegExp) return new RegExp(allowed.source, allowed.flags.replace(/[gy]/g, ''))
  const parts = allowed.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  // Without `u`: with it, letters of other scripts pass for those they look like.
  return new RegExp(`^${parts.join('.*')}$`, 'i')
}
