/** What is written about a job in BullMQ, and how it is read. */
import type { Job } from 'bullmq'
import { END_STATES, type EndState, type JobState, type JobView } from '../../core/outbox.ts'
import { fromJobId } from './names.ts'

/** The data of a job. */
export interface StoredData {
  readonly payload: string
  /** What was written before it was replayed. */
  readonly record?: string | undefined
  /** How many attempts were counted before it was replayed. */
  readonly forgiven?: number | undefined
  readonly isAmbiguous?: boolean | undefined
  /** Somebody cancelled it while it was attempted. */
  readonly isCancelled?: boolean | undefined
}

export interface StoredResult {
  readonly record: string
}

export type StoredJob = Job<StoredData, StoredResult>

type UnsentEnd = Exclude<EndState, 'done'>

/**
 * What an attempt that did not end in `done` leaves, as BullMQ's reason of the failure: BullMQ writes it in the same step in which
 * it moves the job, and only for who holds the lease.
 */
export interface Trace {
  /** Absent where it is to be attempted again. */
  readonly end?: UnsentEnd | undefined
  readonly record?: string | undefined
  readonly isAmbiguous?: boolean | undefined
  /** Epoch milliseconds of the next attempt. */
  readonly runAt?: number | undefined
}

const FORM = /^(again|dead|unknown|cancelled) (\{[^]*\})$/

/** Begins with the end state, so that jobs can be counted without reading all of it. */
export function writeTrace({ end, ...rest }: Trace): string {
  return `${end ?? 'again'} ${JSON.stringify(rest)}`
}

/** A reason that is not ours: BullMQ could not write what became of the attempt, so nobody knows. */
const WORDLESS: Trace = { isAmbiguous: true }

function readTrace(reason: string | undefined): Trace | undefined {
  if (!reason) return undefined
  const [, word, text] = FORM.exec(reason) ?? []
  if (text === undefined) return WORDLESS
  const trace = JSON.parse(text) as Trace
  return word === 'again' ? trace : { ...trace, end: word as UnsentEnd }
}

export function traceOf(job: StoredJob): Trace {
  const { record, isAmbiguous } = job.data
  const trace = readTrace(job.failedReason)
  return {
    ...trace,
    record: trace?.record ?? record,
    isAmbiguous: trace?.isAmbiguous === true || isAmbiguous === true,
  }
}

/** Whether an attempt ended without a word: BullMQ counts those whose worker was lost. */
export function isAmbiguous(job: StoredJob): boolean {
  return job.stalledCounter > 0 || traceOf(job).isAmbiguous === true
}

/** How many attempts have ended. Those whose worker was lost BullMQ counts apart. */
export function endedAttempts(job: StoredJob): number {
  return job.attemptsMade + job.stalledCounter - (job.data.forgiven ?? 0)
}

const STATES: Readonly<Record<string, JobState>> = {
  waiting: 'ready',
  wait: 'ready',
  prioritized: 'ready',
  delayed: 'scheduled',
  active: 'leased',
  completed: 'done',
}

/** @param state BullMQ's */
export function toView(channel: string, job: StoredJob, state: string): JobView {
  const trace = traceOf(job)
  const known = STATES[state] ?? trace.end ?? 'dead'
  return {
    id: fromJobId(job.id ?? ''),
    channel,
    payload: job.data.payload,
    state: known,
    attempts: endedAttempts(job) + (known === 'leased' ? 1 : 0),
    record: known === 'done' ? job.returnvalue.record : trace.record,
    createdAt: job.timestamp,
    runAt: runAtOf(job, trace),
    endedAt: END_STATES.some((end) => end === known) ? job.finishedOn : undefined,
  }
}

function runAtOf({ timestamp, opts: { delay = 0 } }: StoredJob, { runAt }: Trace): number {
  return runAt ?? timestamp + delay
}

/** BullMQ's states in which the jobs of ours are. */
export function toBullStates(states: readonly JobState[]): readonly BullState[] {
  const bullStates = states.flatMap((state): readonly BullState[] => BULL_STATES[state])
  return [...new Set(bullStates)]
}

export type BullState = 'wait' | 'prioritized' | 'delayed' | 'active' | 'completed' | 'failed'

const BULL_STATES: Readonly<Record<JobState, readonly BullState[]>> = {
  // What was taken from a lost worker waits among those without a priority.
  ready: ['wait', 'prioritized'],
  scheduled: ['delayed'],
  leased: ['active'],
  done: ['completed'],
  dead: ['failed'],
  unknown: ['failed'],
  cancelled: ['failed'],
}
