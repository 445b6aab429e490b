/** Closes many connections one after the other, so that their clients do not all come back at the same moment. */
import type { Clock } from '../../core/clock.ts'
import { CLOSE } from './close-codes.ts'

/** Between two steps, in milliseconds. */
const STEP_MS = 50
/** Faster than this nobody needs to leave, where few are here: connections a millisecond. */
const PACE = 1

interface Leaving {
  readonly link: { readonly isOpen: boolean }
  end(reason: typeof CLOSE.shutdown): void
}

/**
 * Told of every connection to close, spread evenly over `drainMs` at most. Resolves when the last was told, or when
 * those who were not have left by themselves.
 */
export function depart(sessions: readonly Leaving[], drainMs: number, clock: Clock): Promise<void> {
  const steps = Math.ceil(Math.min(drainMs, sessions.length / PACE) / STEP_MS)
  const share = Math.ceil(sessions.length / Math.max(1, steps))
  return new Promise((resolve) => {
    const step = (from: number): void => {
      for (const session of sessions.slice(from, from + share)) session.end(CLOSE.shutdown)
      const next = from + share
      const isAnybodyLeft = sessions.slice(next).some(({ link }) => link.isOpen)
      if (isAnybodyLeft) clock.setTimeout(() => step(next), STEP_MS)
      else resolve()
    }
    step(0)
  })
}
