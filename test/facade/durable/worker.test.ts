/** What comes out of an outbox in ways that an outbox in memory never shows: after crashes, from other versions, while closing. */
import { expect, it } from 'vitest'
import {
  createNotify,
  JobCancelled,
  type JobOutcome,
  type JobWorker,
  type LeasedJob,
  type LifecycleEvent,
  type Outbox,
  type OutboxOptions,
} from '../../../src/index.ts'
import { FakeClock, memoryOutbox } from '../../../src/testing/index.ts'
import { MemoryNotifier } from '../../support/memory-notifier.ts'
import { accepts, newBench, refuses, type Play } from './support/bench.ts'

/** An SDK whose worker the test plays the outbox of. */
async function newWorker(play: Play = accepts, outbox: Partial<OutboxOptions> = {}) {
  const clock = new FakeClock()
  const events: LifecycleEvent[] = []
  const workers: JobWorker[] = []
  const engine: Outbox = Object.assign(memoryOutbox({ clock }), {
    consume: (_: string, worker: JobWorker) => {
      workers.push(worker)
      return { throttle: () => undefined, close: () => Promise.resolve() }
    },
  })
  const driver = new MemoryNotifier((_, { attempt }) => play(attempt))
  const notify = createNotify({
    channels: { memory: driver },
    clock,
    hooks: { onEvent: (event) => void events.push(event) },
    outbox: { engine, retry: { tries: 3 }, ...outbox },
  })
  await notify.outbox.stats()
  const [worker] = workers
  if (!worker) throw new Error('It does not work')
  return { clock, events, driver, worker, notify }
}

const PAYLOAD = JSON.stringify({ v: 1, message: { to: 'ann', text: 'hello' }, dueAt: 0 })

const leased = (own: Partial<LeasedJob> = {}): LeasedJob => ({
  ...{ id: 'job-1', channel: 'memory', payload: PAYLOAD, attempt: 1, isAmbiguous: false, record: undefined },
  signal: new AbortController().signal,
  ...own,
})

const storyIn = ({ record }: JobOutcome) =>
  JSON.parse(record) as {
    attempts: { error?: { delivery: string } }[]
    end?: { error?: { message: string } }
  }

const later = { dueAt: Number.MAX_SAFE_INTEGER }
const payloadOf = (message: unknown) => JSON.stringify({ v: 1, message, ...later })

it('holds what a dead worker may have sent', async () => {
  const { worker, driver } = await newWorker()

  const outcome = await worker.run(leased({ attempt: 2, isAmbiguous: true }))

  expect(outcome.type).toBe('unknown')
  expect(driver.sent).toEqual([])
  expect(storyIn(outcome).attempts).toMatchObject([{ error: { delivery: 'unknown' } }])
})

it('sends again what a dead worker may have sent, where that does little harm', async () => {
  const { worker, driver } = await newWorker(accepts, { onUnknown: 'retry' })

  const outcome = await worker.run(
    leased({ attempt: 2, isAmbiguous: true, payload: payloadOf({ to: 'ann', text: 'hello' }) }),
  )

  expect(outcome.type).toBe('done')
  expect(driver.sent).toHaveLength(1)
})

it('ends a message that kills every worker', async () => {
  const { worker, driver } = await newWorker(accepts, { onUnknown: 'retry' })

  const outcome = await worker.run(leased({ attempt: 4, isAmbiguous: true }))

  expect(outcome.type).toBe('unknown')
  expect(driver.sent).toEqual([])
  expect(storyIn(outcome).attempts).toHaveLength(3)
})

it.each([
  ['no JSON', 'x{', 'found no JSON'],
  ['a newer version', '{"v":9}', 'found version 9'],
  ['something else', '[]', 'found something else'],
  ['a damaged message', '{"v":1,"message":{"$bigint":"x"}}', 'found a damaged message'],
])('gives up a payload that is %s, and says why', async (_, payload, reason) => {
  const { worker } = await newWorker()

  const outcome = await worker.run(leased({ payload }))

  expect(outcome.type).toBe('dead')
  expect(storyIn(outcome).end?.error?.message).toContain(reason)
})

it('gives up a message that the driver of today does not take, and names the field', async () => {
  const { worker } = await newWorker()

  const outcome = await worker.run(leased({ payload: payloadOf({ to: 'ann', words: 'hello' }) }))

  expect(outcome.type).toBe('dead')
  expect(storyIn(outcome).end?.error?.message).toContain('words')
})

it('takes up a record that it cannot read', async () => {
  const { worker } = await newWorker()
  const payload = payloadOf({ to: 'ann', text: 'hello' })

  const outcomes = await Promise.all(
    ['', '7', '{"attempts":5,"waits":[{}],"end":{"status":"odd"}}'].map((record) =>
      worker.run(leased({ record, payload })),
    ),
  )

  expect(outcomes.map(({ type }) => type)).toEqual(['done', 'done', 'done'])
})

it('tells of the end only once it is kept', async () => {
  const { worker, events } = await newWorker()
  const job = leased({ payload: payloadOf({ to: 'ann', text: 'hello' }) })

  const outcome = await worker.run(job)
  expect(events.map(({ type }) => type)).not.toContain('sent')
  worker.settled(job, outcome)

  expect(events.filter(({ type }) => type === 'sent')).toHaveLength(1)
})

it('says that it may have gone out where it is cancelled too late', async () => {
  const controller = new AbortController()
  const { worker } = await newWorker(() => {
    controller.abort(new JobCancelled('cancelled'))
    return new Promise(() => undefined)
  })

  const outcome = await worker.run(
    leased({ signal: controller.signal, payload: payloadOf({ to: 'ann', text: 'hello' }) }),
  )

  expect(outcome.type).toBe('unknown')
})

it('gives back what closing cuts short, for the next start', async () => {
  const { notify, enqueue, engine, clock, until } = newBench({
    plays: [refuses('UNAVAILABLE')],
    options: { limits: { providers: { memory: { account: { limit: 1, perMs: 50_000 } } } } },
  })
  await enqueue('first')
  const id = await enqueue('second')
  await until(id, 'sending', 0)

  const closing = notify.close({ drainMs: 1_000 })
  await clock.advance(1_100)
  await closing

  const view = await engine.get(id)
  expect(view).toMatchObject({ state: 'scheduled', attempts: 0 })
})

it('puts deliveries there and delivers none, where it is told so', async () => {
  const { notify, enqueue, clock, asked } = newBench({ outbox: { work: false } })

  const id = await enqueue('hello')
  await clock.advance(60_000)

  expect(asked).toEqual([])
  expect(await notify.status(id)).toMatchObject({ status: 'queued' })
  await notify.close()
})

it('names every wrong option of the outbox at once', () => {
  const create = () =>
    createNotify({
      channels: { memory: new MemoryNotifier() },
      outbox: {
        engine: 'notify.db' as never,
        work: 'yes' as never,
        concurrency: { memory: 0, mail: 3 },
        retry: { tries: 0, wait: 5 } as never,
        onUnknown: 'never' as never,
      },
    })

  expect(create).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      issues: [
        'outbox.engine',
        'outbox.work',
        'outbox.retry.tries',
        'outbox.retry.wait',
        'outbox.concurrency.memory',
        'outbox.concurrency.mail',
        'outbox.onUnknown',
      ].map((path) => expect.objectContaining({ path }) as unknown),
    }) as Error,
  )
})
