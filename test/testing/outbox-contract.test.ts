/** A suite that nothing fails would prove nothing: each broken outbox must fail at least the test that is about it. */
import { expect, it } from 'vitest'
import type { JobOutcome, JobWorker, Outbox, OutboxJob } from '../../src/index.ts'
import { describeOutbox, memoryOutbox } from '../../src/testing/index.ts'

type Break = (outbox: Outbox) => Partial<Outbox>

/** An outbox that is broken in one way, by the title of the test that must notice. */
const BROKEN: Readonly<Record<string, Break>> = {
  'keeps one job of a key, also of several in one call': (outbox) => ({
    enqueue: (jobs, init) => outbox.enqueue(without(jobs, 'key'), init),
  }),
  'attempts the most urgent first, and the oldest of equally urgent ones': (outbox) => ({
    enqueue: (jobs, init) => outbox.enqueue(without(jobs, 'priority'), init),
  }),
  'does not attempt a job before its time': (outbox) => ({
    enqueue: (jobs, init) => outbox.enqueue(without(jobs, 'runAt'), init),
  }),
  'answers in the order of the jobs': (outbox) => ({
    enqueue: async (jobs, init) => (await outbox.enqueue(jobs, init)).toReversed(),
  }),
  'puts a job off without counting the attempt': (outbox) => ({
    consume: withOutcomes(outbox, (outcome) =>
      outcome.type === 'defer' ? { ...outcome, type: 'retry' } : outcome,
    ),
  }),
  'attempts again after the delay, and hands on what was written': (outbox) => ({
    consume: (channel, worker) =>
      outbox.consume(channel, { ...worker, run: (job) => worker.run({ ...job, record: undefined }) }),
  }),
  'ends a job as done, and tells its worker once that is kept': (outbox) => ({
    consume: (channel, worker) =>
      outbox.consume(channel, {
        ...worker,
        settled: (job, outcome) => {
          worker.settled(job, outcome)
          worker.settled(job, outcome)
        },
      }),
  }),
  'attempts as many at once as it was told, and no more': (outbox) => ({
    consume: (channel, worker) => outbox.consume(channel, { ...worker, concurrency: worker.concurrency + 1 }),
  }),
  'attempts nothing on a paused channel': () => ({ pause: () => Promise.resolve() }),
  'takes back a job that waits': () => ({ cancel: () => Promise.resolve('cancelled') }),
  'lists page by page, each job once': (outbox) => ({
    list: (filter) => outbox.list(filter, { limit: 1_000 }),
  }),
  'counts by channel and state': () => ({ counts: () => Promise.resolve({}) }),
  'deletes what has ended, and only that': (outbox) => ({
    purge: async (filter) => (await outbox.purge(filter)) + 1,
  }),
  'attempts again from the start what is dead': (outbox) => ({
    replay: (filter) => outbox.replay({ ...filter, states: ['dead', 'unknown'] }),
  }),
  'takes nothing for as long as it is throttled': (outbox) => ({
    consume: (channel, worker) =>
      Object.assign(outbox.consume(channel, worker), { throttle: () => undefined }),
  }),
}

it.each(Object.keys(BROKEN))('%s: a broken outbox fails it', async (title) => {
  const tests = testsOf(BROKEN[title] as Break)

  await expect(tests.get(title)?.()).rejects.toThrow()
})

it('passes an outbox that keeps the contract', async () => {
  const tests = testsOf(() => ({}))

  for (const title of Object.keys(BROKEN)) await tests.get(title)?.()

  expect(Object.keys(BROKEN).filter((title) => !tests.has(title))).toEqual([])
})

function testsOf(breaks: Break): Map<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>()
  const harness = () => {
    const real = memoryOutbox()
    const outbox = new Proxy(real, {
      get: (_, name: keyof Outbox) => {
        const member: unknown = Reflect.get(breaks(real), name) ?? Reflect.get(real, name)
        if (typeof member !== 'function') return member
        return (...values: unknown[]): unknown => Reflect.apply(member, real, values)
      },
    })
    return Promise.resolve({
      open: () => outbox.open(['email', 'sms']).then(() => outbox),
      recoverMs: 1_000,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    })
  }
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => void tests.set(title, body),
  }
  describeOutbox('a broken outbox', { harness }, runner)
  return tests
}

function without(jobs: readonly OutboxJob[], name: keyof OutboxJob): OutboxJob[] {
  return jobs.map((job) => ({ ...job, [name]: undefined }))
}

function withOutcomes(outbox: Outbox, change: (outcome: JobOutcome) => JobOutcome): Outbox['consume'] {
  return (channel: string, worker: JobWorker) =>
    outbox.consume(channel, { ...worker, run: async (job) => change(await worker.run(job)) })
}
