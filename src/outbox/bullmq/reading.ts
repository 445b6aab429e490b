/** Finds jobs in BullMQ's queues: one by its id, many page by page, how many there are. */
import { JOB_STATES, type JobCounts, type JobFilter, type JobPage, type JobView } from '../../core/outbox.ts'
import type { Engine, JobQueue } from './engine.ts'
import { toJobId } from './names.ts'
import { toBullStates, toView, type BullState, type StoredJob } from './stored.ts'

/** Queues by their channels. */
export type Queues = ReadonlyMap<string, JobQueue>

/** One state of one channel: BullMQ tells the jobs of each in their order. */
export interface Source {
  readonly channel: string
  readonly queue: JobQueue
  readonly state: BullState
}

export interface Found {
  readonly view: JobView
  readonly job: StoredJob
  readonly queue: JobQueue
}

const ALL_BULL_STATES = ['wait', 'prioritized', 'delayed', 'active', 'completed', 'failed'] as const

/** The state is read before the job: what is told of a job that has ended is all of it. */
export async function find(queues: Queues, id: string): Promise<Found | undefined> {
  const jobId = toJobId(id)
  for (const [channel, queue] of queues) {
    const state = await queue.getJobState(jobId)
    if (state === 'unknown') continue
    const job = await queue.getJob(jobId)
    if (job) return { view: toView(channel, job, state), job, queue }
  }
  return undefined
}

export function sourcesOf(queues: Queues, { channel, states }: JobFilter): Source[] {
  const wanted = [...queues].filter(([name]) => channel === undefined || name === channel)
  const bullStates = states ? toBullStates(states) : ALL_BULL_STATES
  return wanted.flatMap(([name, queue]) => bullStates.map((state) => ({ channel: name, queue, state })))
}

/** @returns the jobs at those places, and how many places there were something at */
export async function readPage({ channel, queue, state }: Source, start: number, limit: number) {
  const jobs: readonly (StoredJob | undefined)[] = await queue.getJobs(
    [state],
    start,
    start + limit - 1,
    true,
  )
  const found = jobs.flatMap((job) => (job ? [{ view: toView(channel, job, state), job, queue }] : []))
  return { found, count: jobs.length }
}

export function matches({ id, state, endedAt }: JobView, { ids, states, endedBefore }: JobFilter): boolean {
  if (ids && !ids.includes(id)) return false
  if (states && !states.includes(state)) return false
  return endedBefore === undefined || (endedAt !== undefined && endedAt < endedBefore)
}

/** @param after where the page before it ended: the number of the source, and of the place in it */
export async function list(
  queues: Queues,
  filter: JobFilter,
  { limit = 100, after = '' }: { readonly limit?: number; readonly after?: string },
): Promise<JobPage> {
  if (filter.ids) return { jobs: await byIds(queues, filter, filter.ids), next: undefined }
  const sources = sourcesOf(queues, filter)
  const jobs: JobView[] = []
  let [at = 0, start = 0] = after.split('.').map(Number)
  for (let source = sources[at]; source; source = sources[at]) {
    const wanted = limit - jobs.length
    const { found, count } = await readPage(source, start, wanted)
    jobs.push(...found.map(({ view }) => view).filter((view) => matches(view, filter)))
    ;[at, start] = count < wanted ? [at + 1, 0] : [at, start + count]
    if (jobs.length >= limit) return { jobs, next: sources[at] && `${at}.${start}` }
  }
  return { jobs, next: undefined }
}

async function byIds(queues: Queues, filter: JobFilter, ids: readonly string[]): Promise<JobView[]> {
  const { channel } = filter
  const found = await Promise.all(ids.map((id) => find(queues, id)))
  return found
    .flatMap((one) => (one ? [one.view] : []))
    .filter((view) => matches(view, filter) && (channel === undefined || view.channel === channel))
}

export async function counts(engine: Engine, queues: Queues): Promise<Readonly<Record<string, JobCounts>>> {
  const all = [...queues].map(async ([channel, queue]) => [channel, await countsOf(engine, queue)] as const)
  return Object.fromEntries(await Promise.all(all))
}

async function countsOf(engine: Engine, queue: JobQueue): Promise<JobCounts> {
  const found: Readonly<Record<string, number>> = await queue.getJobCounts(...ALL_BULL_STATES)
  const of = (...states: readonly string[]) => states.reduce((sum, state) => sum + (found[state] ?? 0), 0)
  const failed = of('failed') > 0 ? await engine.failedCounts(queue) : {}
  const none = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as JobCounts
  const ready = of('wait', 'prioritized')
  return { ...none, ready, scheduled: of('delayed'), leased: of('active'), done: of('completed'), ...failed }
}
