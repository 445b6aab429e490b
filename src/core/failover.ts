/** The way from one provider to the next: who is tried, when it ends, and what is said of all of them. */
import { changed, NotifyError } from './errors.ts'
import { mayFailOver, type OnUnknown } from './follow-up.ts'

/** One provider of several. */
export interface Candidate<T> {
  run(): Promise<T>
  /** Tries even where the provider's circuit is open. */
  runAnyway(): Promise<T>
}

/**
 * Tries one after the other until one accepts, or fails in a way that another would share or could duplicate.
 * Where every circuit is open, the one that closes soonest is tried all the same.
 * @throws {NotifyError} the failure that decided; of several, the cause is an AggregateError of all
 */
export async function tryInOrder<T>(candidates: readonly Candidate<T>[], onUnknown: OnUnknown): Promise<T> {
  const failures: NotifyError[] = []
  for (const candidate of candidates) {
    try {
      return await candidate.run()
    } catch (cause) {
      if (!NotifyError.isNotifyError(cause)) throw cause
      failures.push(cause)
      if (!mayFailOver(cause, onUnknown)) throw together(cause, failures)
    }
  }
  if (failures.every(({ code }) => code === 'CIRCUIT_OPEN')) {
    const soonest = candidates[failures.indexOf(soonestOf(failures))]
    if (soonest) return soonest.runAnyway()
  }
  throw together(soonestOf(failures), failures)
}

/** The one to try again first, so that a retry is not held up by a provider that cannot help for hours. */
function soonestOf(failures: readonly NotifyError[]): NotifyError {
  const waitOf = ({ retryable, retryAfterMs = 0 }: NotifyError) => (retryable ? retryAfterMs : Infinity)
  return failures.reduce((best, failure) => (waitOf(failure) < waitOf(best) ? failure : best))
}

function together(decisive: NotifyError, failures: readonly NotifyError[]): NotifyError {
  if (failures.length === 1) return decisive
  const message = `${failures.length} providers failed; decisive was: ${decisive.message}`
  const cause = new AggregateError(failures, 'Every provider that was tried failed')
  return changed(decisive, { message, cause })
}
