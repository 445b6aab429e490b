/** What the texts that are kept of a delivery have in common: its attempts, and a receipt that may be no JSON. */
import type { AttemptRecord, Receipt } from '../core/delivery.ts'
import { fieldsOf, revive } from '../core/revive.ts'

/** For a receipt that cannot be kept: the provider's id is what counts. */
export function bare({ providerId }: Receipt): Receipt {
  return { providerId }
}

/** @returns nothing where it is no JSON */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What cannot be read is left out. */
export function listOf<T>(list: unknown, read: (item: unknown) => T | undefined): T[] {
  if (!Array.isArray(list)) return []
  return list.map(read).filter((item) => item !== undefined)
}

export function attemptIn(value: unknown): AttemptRecord | undefined {
  const { provider, ms, waitMs, error: told } = fieldsOf(value)
  if (typeof provider !== 'string' || typeof ms !== 'number') return undefined
  const error = revive(told)
  return { provider, ms, ...(typeof waitMs === 'number' && { waitMs }), ...(error && { error }) }
}
