/** The story of a job, before and after an attempt. */
import type { Delivery } from '../../core/delivery.ts'
import { NotifyError } from '../../core/errors.ts'
import type { LeasedJob } from '../../core/outbox.ts'
import { readStory, type Story, type StoryAttempt } from '../../pipeline/story.ts'

/** What is known of attempts of which nobody heard the end. */
interface Lost {
  /** When the first was due, in epoch milliseconds. */
  readonly dueAt: number
  readonly provider: string
  readonly now: number
}

/** With the attempts of which nobody heard the end, because their worker was gone. */
export function continued(job: LeasedJob, { dueAt, provider, now }: Lost): Story {
  const { end, ...story } = readStory(job.record)
  // It was ended once, and made ready again: what was in doubt then, somebody has decided.
  if (end) return { ...story, attempts: story.attempts.map(settled), counted: job.attempt - 1, since: now }
  const lost = job.isAmbiguous ? Math.max(0, job.attempt - 1 - story.counted) : 0
  if (lost === 0) return story
  const since = Math.max(
    dueAt,
    ...story.attempts.map(({ at, ms }) => at + ms),
    ...story.waits.map(({ at }) => at),
  )
  const attempts = Array.from({ length: lost }, () => lostAttempt(provider, since))
  return { ...story, attempts: [...story.attempts, ...attempts], counted: job.attempt - 1 }
}

function lostAttempt(provider: string, at: number): StoryAttempt {
  const text = 'The worker was gone before the attempt ended; the message may have gone out'
  return { provider, at, ms: 0, error: new NotifyError('TIMED_OUT', text, { delivery: 'unknown' }) }
}

function settled(made: StoryAttempt): StoryAttempt {
  const { error, ...rest } = made
  if (error?.delivery !== 'unknown') return made
  return { ...rest, error: new NotifyError(error.code, error.message, { delivery: 'not_sent' }) }
}

/** Why it is to be held or given up before another attempt: what may have gone out counts more than what came last. */
export function openError({ attempts }: Story): NotifyError | undefined {
  const inDoubt = attempts.findLast(({ error }) => error?.delivery === 'unknown')
  return (inDoubt ?? attempts.at(-1))?.error
}

/** With the tries that were made now. */
export function told(before: Story, { attempts }: Delivery, now: number): Story {
  const known = before.attempts.length
  const all = attempts.map((made, at): StoryAttempt => {
    const earlier = before.attempts[at]
    if (at < known && earlier) return { ...earlier, ...made }
    return { ...made, at: Math.round(now - msFrom(attempts, at)) }
  })
  return { ...before, attempts: all }
}

/** How long the tries took from the one at `first` on, in milliseconds. */
function msFrom(attempts: Delivery['attempts'], first: number): number {
  return attempts.slice(first).reduce((sum, { ms }) => sum + ms, 0)
}
