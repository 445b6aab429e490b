/** Adds jobs to BullMQ's queues, and finds out which of them were there already. */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Accepted, OutboxJob } from '../../core/outbox.ts'
import { NEVER } from './consumer.ts'
import type { TransactionEngine } from './engine.ts'
import { fromJobId, toDeduplicationId, toJobId, toPriority, toQueueName } from './names.ts'

const DAY_MS = 86_400_000

export async function enqueue(
  engine: TransactionEngine,
  jobs: readonly OutboxJob[],
  clock: Clock,
): Promise<readonly Accepted[]> {
  const answers = new Map<OutboxJob, Accepted>()
  const channels = new Set(jobs.map(({ channel }) => channel))
  for (const channel of channels) {
    const ofChannel = jobs.filter((job) => job.channel === channel)
    const told = await add(engine, ofChannel, clock)
    ofChannel.forEach((job, at) => answers.set(job, told[at] ?? { id: job.id, status: 'accepted' }))
  }
  return jobs.map((job) => answers.get(job) ?? { id: job.id, status: 'accepted' })
}

/**
 * BullMQ answers with the id of the job that holds the key, or with the id that was asked for, also where it was taken. So each is
 * added under a name of its own, and it is asked at the same time which name its id has: none, where it comes before the
 * adding; its own, where it comes after; another, where the id was taken.
 */
async function add(engine: TransactionEngine, jobs: readonly OutboxJob[], clock: Clock): Promise<Accepted[]> {
  const queue = engine.queue(toQueueName(jobs[0]?.channel ?? ''))
  const now = clock.now()
  const entries = jobs.map((job) => ({
    name: randomUUID(),
    data: { payload: job.payload },
    opts: optionsOf(job, now),
  }))
  const [only] = entries
  const ownIds = [...new Set(jobs.map(({ id }) => toJobId(id)))]
  const [names, added] = await Promise.all([
    engine.names(queue, ownIds),
    // One alone is cheaper by itself.
    entries.length === 1 && only
      ? queue.add(only.name, only.data, only.opts).then((job) => [job])
      : queue.addBulk(entries),
  ])
  const seen = new Set<string>()
  return jobs.map(({ id }, at) => {
    const jobId = added[at]?.id ?? ''
    const isOurs = jobId === toJobId(id) && (names.get(jobId) ?? entries[at]?.name) === entries[at]?.name
    // The second of one id in one call.
    const isFirst = !seen.has(jobId)
    seen.add(jobId)
    return isOurs && isFirst ? { id, status: 'accepted' } : { id: fromJobId(jobId), status: 'duplicate' }
  })
}

function optionsOf({ id, key, keyTtlMs = DAY_MS, priority, runAt = 0 }: OutboxJob, now: number) {
  return {
    jobId: toJobId(id),
    timestamp: now,
    delay: Math.max(0, Math.ceil(runAt - now)),
    priority: toPriority(priority),
    attempts: NEVER,
    backoff: { type: 'custom' },
    ...(key !== undefined && { deduplication: { id: toDeduplicationId(key), ttl: keyTtlMs } }),
  }
}
