/** How long an outbox keeps what has ended: the checks of its options, and their defaults. */
import { wholeNumberFrom, within } from './checks.ts'

interface RetentionOptions {
  readonly keepDone?: { readonly ageMs?: number | undefined; readonly count?: number | undefined } | undefined
  readonly keepDead?: { readonly ageMs?: number | undefined } | undefined
}

export interface Retention {
  readonly doneMs: number
  readonly doneCount: number
  readonly deadMs: number
}

const DAY_MS = 86_400_000

export const RETENTION_CHECKS = {
  keepDone: within({ ageMs: wholeNumberFrom(0), count: wholeNumberFrom(0) }),
  keepDead: within({ ageMs: wholeNumberFrom(0) }),
}

/** With defaults filled in. */
export function retentionOf({ keepDone = {}, keepDead = {} }: RetentionOptions): Retention {
  const { ageMs: doneMs = DAY_MS, count: doneCount = 100_000 } = keepDone
  return { doneMs, doneCount, deadMs: keepDead.ageMs ?? 30 * DAY_MS }
}
