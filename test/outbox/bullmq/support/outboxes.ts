/** Outboxes on servers of the tests, and workers that a test plays. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bullmq, type BullmqOptions } from '../../../../src/outbox/bullmq.ts'
import type { JobOutcome, LeasedJob, Outbox, OutboxJob } from '../../../../src/core/outbox.ts'

export const done: JobOutcome = { type: 'done', record: '{}' }

export function jobs(count: number, init: Partial<OutboxJob> = {}): OutboxJob[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ id: `job-${at}`, channel: 'email', payload: '{}' },
    ...init,
  }))
}

export type OpenOutbox = Outbox & AsyncDisposable

/** Is closed at the end of the block. */
export async function opened(options: BullmqOptions): Promise<OpenOutbox> {
  const outbox = bullmq({ leaseMs: 1_000, ...options })
  await outbox.open(['email'])
  return Object.assign(outbox, { [Symbol.asyncDispose]: () => outbox.close() })
}

/** Attempts everything at once, and tells what it was handed. */
export function consumeAll(outbox: Outbox, outcome: JobOutcome = done) {
  const began: LeasedJob[] = []
  const settled: string[] = []
  const consumer = outbox.consume('email', {
    concurrency: 20,
    run: (job) => {
      began.push(job)
      return Promise.resolve(outcome)
    },
    settled: ({ id }) => void settled.push(id),
  })
  return { consumer, began, settled }
}

/** A worker in a process of its own that takes one job, says so, and never ends it. */
export function startStuckWorker(options: BullmqOptions) {
  const program = join(import.meta.dirname, 'stuck-worker.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const crash = async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return {
    /** The job it took: its id and which attempt it is. */
    took: once(lines, 'line').then(([line]) => String(line)),
    crash,
    [Symbol.asyncDispose]: crash,
  }
}
