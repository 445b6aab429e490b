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
 * BullMQ answers with the id of the job that holds the key, or with the id that was asked for, also where it was taken: so each is
 * added under a name of its own, and whose name is found has won.
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
  const isOne = entries.length === 1 && only
  // One alone is cheaper by itself.
  const added = isOne ? [await queue.add(only.name, only.data, only.opts)] : await queue.addBulk(entries)
  const jobIds = added.map(({ id = '' }) => id)
  const names = await engine.names(queue, [...new Set(jobIds)])
  return jobs.map(({ id }, at) => {
    const jobId = jobIds[at] ?? ''
    // One that is done and gone already was there.
    const isOurs = jobId === toJobId(id) && (names.get(jobId) ?? entries[at]?.name) === entries[at]?.name
    return isOurs ? { id, status: 'accepted' } : { id: fromJobId(jobId), status: 'duplicate' }
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
