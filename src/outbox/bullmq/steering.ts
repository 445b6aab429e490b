/** Cancels, replays and deletes jobs in BullMQ's queues. */
import { END_STATES, type JobFilter, type JobState } from '../../core/outbox.ts'
import type { Engine } from './engine.ts'
import { CONTROL_QUEUE, toJobId } from './names.ts'
import { find, matches, readPage, sourcesOf, type Found, type Queues } from './reading.ts'
import { endedAttempts, traceOf, writeTrace } from './stored.ts'

const PAGE = 500
const MAX_EVENTS = 1_000
/** The event's name, and what it carries. */
export const CANCEL_EVENT = 'cancel'
export interface CancelEvent {
  readonly channel: string
  readonly id: string
}

export async function cancel(
  engine: Engine,
  queues: Queues,
  id: string,
): Promise<'cancelled' | 'signalled' | 'gone'> {
  // What is put off or taken between two looks is looked at again.
  for (let look = 0; look < 3; look += 1) {
    const found = await find(queues, id)
    if (!found || isEnded(found.view.state)) return 'gone'
    const { record, isAmbiguous } = traceOf(found.job)
    const reason = writeTrace({ end: 'cancelled', record, isAmbiguous })
    if (await engine.takeBack(found.queue, toJobId(id), reason)) return 'cancelled'
    const state = await found.queue.getJobState(toJobId(id))
    if (state === 'active') return signal(engine, found)
  }
  return 'gone'
}

const isEnded = (state: JobState): boolean => END_STATES.some((end) => end === state)

/** Marks it for attempts to come, and tells whoever attempts it now. */
async function signal(engine: Engine, { job, view }: Found): Promise<'signalled'> {
  await job.updateData({ ...job.data, isCancelled: true })
  const event = { event: CANCEL_EVENT, channel: view.channel, id: view.id }
  await engine.queue(CONTROL_QUEUE).backend.publishEvent(event, MAX_EVENTS)
  return 'signalled'
}

/**
 * What was written about a job is kept in its data first, and then it is made ready in one step: a crash in between leaves it as it
 * was, to be replayed again.
 */
export async function replay(queues: Queues, filter: JobFilter): Promise<number> {
  const states = (filter.states ?? ['dead']).filter((state) => state === 'dead' || state === 'unknown')
  return forEach(queues, { ...filter, states }, async (found) => {
    const ready = await Promise.all(found.map(replayOne))
    return ready.filter((isReady) => isReady).length
  })
}

async function replayOne({ job }: Found): Promise<boolean> {
  const { record, isAmbiguous } = traceOf(job)
  const forgiven = (job.data.forgiven ?? 0) + endedAttempts(job)
  await job.updateData({ payload: job.data.payload, record, isAmbiguous, forgiven })
  try {
    await job.retry('failed')
    return true
  } catch (cause) {
    // Another has made it ready, or deleted it.
    if (cause instanceof Error && /not in the failed state|Missing key|Job .* is not/i.test(cause.message))
      return false
    throw cause
  }
}

export async function purge(engine: Engine, queues: Queues, filter: JobFilter): Promise<number> {
  const states = (filter.states ?? END_STATES).filter(isEnded)
  return forEach(queues, { ...filter, states }, async (found) => {
    const [first] = found
    return first
      ? engine.forget(
          first.queue,
          found.map(({ job }) => job.id ?? ''),
        )
      : 0
  })
}

/** Walks over all that matches; `change` takes jobs out of the place they are at. */
async function forEach(
  queues: Queues,
  filter: JobFilter,
  change: (found: readonly Found[]) => Promise<number>,
): Promise<number> {
  let total = 0
  for (const source of sourcesOf(queues, filter)) {
    let start = 0
    for (;;) {
      const { found, count } = await readPage(source, start, PAGE)
      const changed = await change(found.filter(({ view }) => matches(view, filter)))
      total += changed
      start += count - changed
      if (count < PAGE) break
    }
  }
  return total
}
