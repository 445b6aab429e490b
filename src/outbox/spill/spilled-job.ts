/** A job as it lies in the file until it is handed on. */
import type { JobView, OutboxJob } from '../../core/outbox.ts'

/** Handed on as soon as possible, whenever it is due: the shared outbox sees to its time and its order. */
export function wrapped(job: OutboxJob): OutboxJob {
  const { id, channel, key, keyTtlMs } = job
  return { id, channel, key, keyTtlMs, payload: JSON.stringify(job) }
}

export function unwrapped(payload: string): OutboxJob {
  return JSON.parse(payload) as OutboxJob
}

/** As one that waits in the shared outbox would be shown. */
export function viewOf(view: JobView, now: number): JobView {
  const { payload, runAt = view.createdAt } = unwrapped(view.payload)
  const state = runAt > now ? 'scheduled' : 'ready'
  return { ...view, payload, runAt, state, attempts: 0, record: undefined, endedAt: undefined }
}
