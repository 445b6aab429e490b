/** The whole story of a durable delivery, as `status` tells it. */
import type { Receipt } from '../../core/delivery.ts'
import type { NotifyError } from '../../core/errors.ts'
import type { JobState, JobView } from '../../core/outbox.ts'
import type { SkipReason } from '../../core/skipped.ts'
import { readStory, type Story, type StoryAttempt, type StoryWait } from '../../pipeline/story.ts'

/**
 * `queued`: to be attempted now. `scheduled`: at `nextAttemptAt`. `sending`: it is being attempted. `unknown`: it may have
 * gone out, nobody can tell, and nothing happens until you `replay` or `purge` it. The rest as in the result of a send.
 */
export type DeliveryState = 'queued' | 'scheduled' | 'sending' | 'sent' | 'failed' | 'skipped' | 'unknown'

export interface DeliveryStatus {
  readonly id: string
  readonly channel: string
  readonly status: DeliveryState
  /** Every try that was heard of, oldest first; of very many the first and the last. */
  readonly attempts: readonly StoryAttempt[]
  /** What it waited for, and how long. */
  readonly waits: readonly StoryWait[]
  /** Times in epoch milliseconds. */
  readonly queuedAt: number
  readonly nextAttemptAt?: number
  readonly endedAt?: number
  /** Of `sent`. */
  readonly receipt?: Receipt
  /** Of `failed` and `unknown`. */
  readonly error?: NotifyError
  /** Of `skipped`. */
  readonly reason?: SkipReason
}

const STATES: Readonly<Record<JobState, DeliveryState>> = {
  ready: 'queued',
  scheduled: 'scheduled',
  leased: 'sending',
  done: 'sent',
  dead: 'failed',
  unknown: 'unknown',
  cancelled: 'skipped',
}

export function statusOf(view: JobView): DeliveryStatus {
  const { id, channel, state, createdAt, endedAt, runAt } = view
  const story = readStory(view.record)
  const { status = STATES[state], ...end } = endOfStory(view, story) ?? {}
  return {
    ...{ id, channel, status, attempts: story.attempts, waits: story.waits, queuedAt: createdAt },
    ...(state === 'scheduled' && { nextAttemptAt: runAt }),
    ...(endedAt !== undefined && { endedAt }),
    ...end,
  }
}

/** A job that was made ready again has an end in its story, and is not at its end. */
function endOfStory({ state }: JobView, { end }: Story): Story['end'] {
  if (state === 'ready' || state === 'scheduled' || state === 'leased') return undefined
  return end ?? (state === 'cancelled' ? { status: 'skipped', reason: 'cancelled' } : undefined)
}

/** The states of an outbox that a delivery of this status can be in. */
export function jobStatesOf(status: DeliveryState): JobState[] {
  const own = (Object.keys(STATES) as JobState[]).filter((state) => STATES[state] === status)
  // What a rule kept back has come to its end without being sent.
  return status === 'skipped' ? [...own, 'done'] : own
}
