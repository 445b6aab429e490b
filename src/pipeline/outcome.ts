/** What a delivery came to, as text, so that another process can answer with it. */
import type { AttemptRecord, Receipt } from '../core/delivery.ts'
import type { NotifyError } from '../core/errors.ts'
import { fieldsOf, revive } from '../core/revive.ts'
import { attemptIn, bare, listOf, parsed } from './kept-text.ts'

export interface Ended {
  readonly attempts: readonly AttemptRecord[]
  /** The receipt, or why there is none. */
  readonly end: { readonly receipt: Receipt } | { readonly error: NotifyError }
}

/** A receipt that JSON cannot hold is cut down to the provider's id. */
export function writeOutcome({ attempts, end }: Ended): string {
  try {
    return JSON.stringify({ attempts, ...end })
  } catch {
    const receipt = 'receipt' in end ? { receipt: bare(end.receipt) } : end
    return JSON.stringify({ attempts, ...receipt })
  }
}

/** @returns nothing where this version cannot read it */
export function readOutcome(text: string): Ended | undefined {
  const { attempts, receipt, error } = fieldsOf(parsed(text))
  const told = revive(error)
  const end = isReceipt(receipt) ? { receipt } : told && { error: told }
  return end && { attempts: listOf(attempts, attemptIn), end }
}

function isReceipt(value: unknown): value is Receipt {
  const { providerId } = fieldsOf(value)
  return typeof providerId === 'string' && providerId !== ''
}
