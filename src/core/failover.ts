/** The way from one provider to the next: who is tried, when it ends, and what is said of all of them. */
import { changed, NotifyError } from './errors.ts'
import { mayFailOver, type OnUnknown } from './follow-up.ts'

/** One provider of several. */
export interface Candidate<T> {
  run(): Promise<T>
  /** Waits as long as it takes for its turn, and tries even where the provider's circuit is open. */
  runAnyway(): Promise<T>
  /** Whether the provider itself was asked. */
  wasAsked(): boolean
}

export interface Rules {
  readonly onUnknown: OnUnknown
  /** Whether there is nobody else to ask, so that somebody who would not be asked now has to be. */
  readonly isLastResort: boolean
}

/**
 * Tries one after the other until one accepts, or fails in a way that another would share or could duplicate.
 * Where nobody could be asked now, the one that could be soonest is asked all the same.
 * @throws {NotifyError} the failure that decided; of several, the cause is an AggregateError of all
 */
export async function tryInOrder<T>(candidates: readonly Candidate<T>[], rules: Rules): Promise<T> {
  const failures: NotifyError[] = []
  for (const candidate of candidates) {
    try {
      return await candidate.run()
    } catch (cause) {
      if (!NotifyError.isNotifyError(cause)) throw cause
      failures.push(cause)
      if (!mayFailOver(cause, rules.onUnknown)) throw together(cause, failures)
    }
  }
  const isForced = rules.isLastResort && !candidates.some((candidate) => candidate.wasAsked())
  const insisted = isForced ? candidates[lastResortOf(failures)] : undefined
  if (!insisted) throw together(soonestOf(failures), failures)
  try {
    return await insisted.runAnyway()
  } catch (cause) {
    if (!NotifyError.isNotifyError(cause)) throw cause
    throw together(cause, [...failures, cause])
  }
}

/** Who is to be asked though he is not to be now: a line that moves on is better than a provider that fails. */
function lastResortOf(failures: readonly NotifyError[]): number {
  const isInLine = ({ code, scope }: NotifyError) => code === 'RATE_LIMITED' && scope === 'quota'
  const isLeftAlone = ({ code }: NotifyError) => code === 'CIRCUIT_OPEN'
  if (!failures.every((failure) => isInLine(failure) || isLeftAlone(failure))) return -1
  const inLine = failures.filter(isInLine)
  return failures.indexOf(soonestOf(inLine.length > 0 ? inLine : failures))
}

/** The one to try again first, so that a retry is not held up by a provider that cannot help for hours. */
function soonestOf(failures: readonly NotifyError[]): NotifyError {
  const waitOf = ({ retryable, scope, retryAfterMs = 0 }: NotifyError) => {
    // What concerns the recipient alone is not repeated within a send.
    return retryable && scope !== 'recipient' ? retryAfterMs : Infinity
  }
  return failures.reduce((best, failure) => (waitOf(failure) < waitOf(best) ? failure : best))
}

function together(decisive: NotifyError, failures: readonly NotifyError[]): NotifyError {
  if (failures.length === 1) return decisive
  const message = `${failures.length} providers failed; decisive was: ${decisive.message}`
  const cause = new AggregateError(failures, 'Every provider that was tried failed')
  return changed(decisive, { message, cause })
}
