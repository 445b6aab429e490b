/** What the outbox suite works with: jobs, workers that a test plays, and waiting for what comes. */
import assert from 'node:assert/strict'
import { systemClock } from '../../core/clock.ts'
import type {
  JobConsumer,
  JobOutcome,
  JobState,
  JobView,
  JobWorker,
  LeasedJob,
  Outbox,
  OutboxJob,
} from '../../core/outbox.ts'

export interface OutboxHarness extends AsyncDisposable {
  /**
   * The outbox on this test's own, empty store, opened for the channels `email` and `sms`. Called again, it is what another process
   * sees of the same store.
   */
  open(): Promise<Outbox>
  /** How long until a job whose attempt ended without a word is handed out again, in milliseconds. */
  readonly recoverMs: number
}

export interface Bench {
  readonly outbox: Outbox
  readonly harness: OutboxHarness
  /** Keeps jobs, which differ from `{ channel: 'email', payload: '{}' }` as told. */
  readonly keep: (...jobs: readonly Partial<OutboxJob>[]) => Promise<void>
  readonly work: (play?: Play, init?: WorkInit) => Work
  /** Waits until the job is in the state. */
  readonly until: (id: string, state: JobState) => Promise<JobView>
}

/** By what they show. */
export type Tests = Readonly<Record<string, (bench: Bench) => Promise<void>>>

/** What an attempt comes to; `turn` is 1 for the first that this worker makes. */
export type Play = (job: LeasedJob, turn: number) => JobOutcome | Promise<JobOutcome>

export interface WorkInit {
  readonly channel?: string
  readonly concurrency?: number
  readonly outbox?: Outbox
}

/** A worker, and what it was given. */
export interface Work {
  readonly consumer: JobConsumer
  readonly began: readonly LeasedJob[]
  readonly settled: readonly JobOutcome[]
  /** How many were attempted at once, at most. */
  readonly most: () => number
}

export const done = (record = ''): JobOutcome => ({ type: 'done', record })

const PATIENCE_MS = 15_000
const pause = (ms: number) => new Promise<void>((resolve) => systemClock.setTimeout(resolve, ms))

/** Asks until it holds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = 0,
): Promise<void> {
  const endAt = systemClock.monotonic() + PATIENCE_MS + patienceMs
  while (!(await holds())) {
    assert.ok(systemClock.monotonic() < endAt, `waited in vain until ${what}`)
    await pause(5)
  }
}

export async function newBench(harness: OutboxHarness): Promise<Bench> {
  const outbox = await harness.open()
  let count = 0
  const keep: Bench['keep'] = async (...jobs) => {
    const all = jobs.map((job) => ({ id: `job-${(count += 1)}`, channel: 'email', payload: '{}', ...job }))
    await outbox.enqueue(all)
  }
  const until: Bench['until'] = async (id, state) => {
    let view: JobView | undefined
    const isSo = async () => (view = await outbox.get(id))?.state === state
    await eventually(`${id} is ${state}`, isSo, harness.recoverMs)
    assert.ok(view)
    return view
  }
  return {
    outbox,
    harness,
    keep,
    until,
    work: (play, init) => startWork(play ?? (() => done()), { outbox, ...init }),
  }
}

function startWork(
  play: Play,
  { outbox, channel = 'email', concurrency = 10 }: WorkInit & { outbox: Outbox },
): Work {
  const began: LeasedJob[] = []
  const settled: JobOutcome[] = []
  const underWay = { now: 0, most: 0 }
  const worker: JobWorker = {
    concurrency,
    run: async (job) => {
      began.push(job)
      underWay.now += 1
      underWay.most = Math.max(underWay.most, underWay.now)
      try {
        return await play(job, began.length)
      } finally {
        underWay.now -= 1
      }
    },
    settled: (_, outcome) => void settled.push(outcome),
  }
  return { consumer: outbox.consume(channel, worker), began, settled, most: () => underWay.most }
}

/** A promise that the test ends. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined
  const passed = new Promise<void>((resolve) => (open = resolve))
  return { passed, open }
}
