/** What an outbox needs of its server beyond BullMQ, and in what Redis and PostgreSQL differ. */
import type { Processor, Queue, QueueEvents, Worker, WorkerOptions } from 'bullmq'
import type { EndState, OutboxPromises } from '../../core/outbox.ts'
import type { StoredData, StoredResult } from './stored.ts'

export type JobQueue = Queue<StoredData, StoredResult>
export type QueueWorker = Worker<StoredData, StoredResult>
export type QueueProcessor = Processor<StoredData, StoredResult>

/** How many have ended otherwise than `done`. */
export type FailedCounts = Readonly<Record<Exclude<EndState, 'done'>, number>>

export interface Engine {
  /** Known once it is open. */
  readonly promises: OutboxPromises
  /** @param channels how many there will be at least */
  open(channels: number): Promise<void>
  queue(name: string): JobQueue
  worker(name: string, processor: QueueProcessor, options: Omit<WorkerOptions, 'connection'>): QueueWorker
  events(name: string): QueueEvents
  /** By the jobs' ids, the names they were added under. */
  names(queue: JobQueue, jobIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Ends a job that waits, in one step, so that no worker gets it. @returns whether it waited */
  takeBack(queue: JobQueue, jobId: string, reason: string): Promise<boolean>
  /** Deletes jobs that have ended; BullMQ's own way would free their keys as well. @returns how many */
  forget(queue: JobQueue, jobIds: readonly string[]): Promise<number>
  failedCounts(queue: JobQueue): Promise<FailedCounts>
  /** Deletes the oldest of what is done, where BullMQ does not. */
  trim(queue: JobQueue): Promise<void>
  /** Works on the queue within the caller's transaction. */
  within<Value>(transaction: unknown, work: (engine: TransactionEngine) => Promise<Value>): Promise<Value>
  warnings(): Promise<readonly string[]>
  /** Ends what waits for a server that is away. */
  cut(): void
  close(): Promise<void>
}

/** What there is of an engine within a transaction. */
export type TransactionEngine = Pick<Engine, 'queue' | 'names'>

const ENDS = ['dead', 'unknown', 'cancelled'] as const

/** @param words what the reasons of the failures begin with; one that is not ours counts as dead */
export function countEnds(words: Iterable<readonly [word: string, count: number]>): FailedCounts {
  const counts = { dead: 0, unknown: 0, cancelled: 0 }
  for (const [word, count] of words) counts[ENDS.find((end) => end === word) ?? 'dead'] += count
  return counts
}
