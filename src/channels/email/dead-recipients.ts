/** Tells which of several recipients the server called dead. */
import type { DeliveryContext } from '../../core/delivery.ts'
import { refusalOfRecipient } from './explain.ts'
import { SmtpFailure, type LibraryError } from './failure.ts'
import type { OutgoingMail } from './session.ts'

/** Nobody sees the texts, and scrubbing them takes its time for every recipient. */
const WITHHELD = () => ''

/** The refusals of all recipients, where nobody was accepted. */
export function refusedIn(failure: unknown): readonly Error[] {
  const cause = failure instanceof SmtpFailure ? (failure.cause as LibraryError | undefined) : undefined
  return cause?.rejectedErrors ?? []
}

/** Reports those of the refused who are dead; of a single recipient the error tells enough. */
export function reportDead(
  refused: readonly Error[] = [],
  { to }: OutgoingMail,
  context: DeliveryContext,
): void {
  if (to.length < 2) return
  for (const error of refused as readonly LibraryError[]) {
    const { reason } = refusalOfRecipient(error, WITHHELD)
    const { recipient: address } = error
    if (address !== undefined && reason === 'invalid') context.reportDead({ address, reason })
  }
}
