/** How long a dead address is remembered, wherever that is. */
import type { Issue, RecipientReason } from './errors.ts'
import { issuesOfPositive } from './positive-numbers.ts'

export interface SuppressionTtl {
  /** The address does not exist, in milliseconds. @default 7_776_000_000 (90 days), for numbers are given out again */
  readonly invalid?: number | undefined
  /** The recipient opted out, in milliseconds. @default 86_400_000 (24 hours), for he may opt in again unseen */
  readonly unsubscribed?: number | undefined
  /** The provider refuses to deliver to it, in milliseconds. @default 86_400_000 (24 hours) */
  readonly refused?: number | undefined
}

const DAY_MS = 86_400_000
const DEFAULTS: Readonly<Record<RecipientReason, number>> = {
  invalid: 90 * DAY_MS,
  unsubscribed: DAY_MS,
  refused: DAY_MS,
}

export function suppressionTtlOf(reason: RecipientReason, ttlMs: SuppressionTtl | undefined): number {
  return ttlMs?.[reason] ?? DEFAULTS[reason]
}

/** @param name of the option, as the user writes it */
export function issuesOfSuppressionTtl(name: string, ttlMs: unknown): Issue[] {
  if (ttlMs === undefined) return []
  if (typeof ttlMs !== 'object' || ttlMs === null) {
    return [{ path: name, message: 'expected an object of milliseconds by reason' }]
  }
  const entries = Object.entries(ttlMs)
  const unknown = entries.filter(([reason]) => !Object.hasOwn(DEFAULTS, reason))
  return [
    ...unknown.map(([reason]) => ({ path: `${name}.${reason}`, message: 'is no reason' })),
    ...issuesOfPositive(Object.fromEntries(entries.map(([reason, ms]) => [`${name}.${reason}`, ms]))),
  ]
}
