/** BullMQ as its guide uses it. */
import { createPostgresBackend, Queue, Worker, type Processor, type QueueOptions } from 'bullmq'
import { MESSAGE, type Contestant } from './contestant.ts'

const CONCURRENCY = 200

export async function bareBullmq(
  options: QueueOptions,
  { isPostgres, bytes }: { readonly isPostgres: boolean; readonly bytes: () => Promise<number> },
): Promise<Contestant> {
  const settings = { ...options, defaultJobOptions: { removeOnComplete: 100_000 } }
  // The two backends have types of their own, and one interface.
  const newQueue = () =>
    isPostgres
      ? (new Queue('bare', settings as never, createPostgresBackend) as never)
      : new Queue('bare', settings)
  const newWorker = (run: Processor): Worker => {
    const own = { ...options, concurrency: CONCURRENCY }
    return isPostgres
      ? (new Worker('bare', run, own as never, createPostgresBackend) as never)
      : new Worker('bare', run, own)
  }
  const queue: Queue = newQueue()
  queue.on('error', () => undefined)
  await queue.waitUntilReady()
  let worker: Worker | undefined
  const enqueue = () => queue.add('job', MESSAGE)
  const self: Contestant = {
    ...{ name: 'bare BullMQ', enqueue, bytes, onBegin: undefined },
    enqueueMany: (count) =>
      queue.addBulk(Array.from({ length: count }, () => ({ name: 'job', data: MESSAGE }))),
    deliver: (count) =>
      new Promise((resolve) => {
        let done = 0
        worker ??= newWorker(() => Promise.resolve(self.onBegin?.()))
        worker.removeAllListeners('completed')
        worker.on('error', () => undefined)
        worker.on('completed', () => {
          done += 1
          if (done === count) resolve()
        })
      }),
    close: async () => {
      await worker?.close()
      await queue.close()
    },
  }
  return self
}
