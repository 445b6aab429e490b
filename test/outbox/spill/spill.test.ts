/** A shared outbox with a file in front of it: what happens while its server is away, and after. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Outbox } from '../../../src/index.ts'
import { bullmq } from '../../../src/outbox/bullmq.ts'
import { embedded } from '../../../src/outbox/embedded.ts'
import { spill } from '../../../src/outbox/spill.ts'
import { describeOutbox } from '../../../src/testing/index.ts'
import { startRedis } from '../../support/redis-server.ts'
import { newFile } from '../embedded/support/processes.ts'

const harness = async () => {
  const place = await newFile()
  let count = 0
  return {
    open: async () => {
      const local = embedded({ file: join(place.folder, `local-${(count += 1)}.db`), pollMs: 10 })
      const outbox = spill({ local, shared: embedded({ file: place.file, pollMs: 10 }) })
      await outbox.open(['email', 'sms'])
      return outbox
    },
    recoverMs: 2_000,
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  }
}

describeOutbox('spill', { harness }, { describe, it })

const job = (id: string, own: object = {}) => ({ id, channel: 'email', payload: `"${id}"`, ...own })

/** An outbox on a real Redis, which the test starts and stops. */
async function newBench() {
  const place = await newFile()
  const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
  const url = `redis://127.0.0.1:${redis.port}`
  const outboxes: Outbox[] = []
  const open = async () => {
    const local = embedded({ file: join(place.folder, `${outboxes.length}.db`), pollMs: 10 })
    const outbox = spill({ local, shared: bullmq({ redis: url }), retryMs: 50 })
    outboxes.push(outbox)
    await outbox.open(['email'])
    return outbox
  }
  return {
    ...{ redis, open },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(outboxes.map((outbox) => outbox.close()))
      await redis.stop()
      await place[Symbol.asyncDispose]()
    },
  }
}

function work(outbox: Outbox): string[] {
  const payloads: string[] = []
  outbox.consume('email', {
    concurrency: 5,
    run: ({ payload }) => {
      payloads.push(payload)
      return Promise.resolve({ type: 'done', record: '' })
    },
    settled: () => undefined,
  })
  return payloads
}

const PATIENT = { timeout: 15_000 }

it('accepts while Redis is away, and delivers when it is back', { timeout: 60_000 }, async () => {
  await using bench = await newBench()
  const outbox = await bench.open()
  const payloads = work(outbox)
  await outbox.enqueue([job('before')])
  await expect.poll(() => payloads, PATIENT).toEqual(['"before"'])
  await bench.redis.kill()

  const answers = await outbox.enqueue([job('a'), job('b', { key: 'receipt-1' })])
  const again = await outbox.enqueue([job('c', { key: 'receipt-1' })])

  expect([...answers, ...again].map(({ status }) => status)).toEqual(['accepted', 'accepted', 'duplicate'])
  expect(await outbox.get('a')).toMatchObject({ state: 'ready', payload: '"a"' })
  await bench.redis.restart()
  await expect.poll(() => payloads.toSorted(), PATIENT).toEqual(['"a"', '"b"', '"before"'])
  await expect.poll(async () => (await outbox.get('a'))?.state, PATIENT).toBe('done')
})

it('starts while Redis is away', { timeout: 60_000 }, async () => {
  await using bench = await newBench()
  await bench.redis.kill()

  const outbox = await bench.open()
  const payloads = work(outbox)
  const answers = await outbox.enqueue([job('a')])
  await expect(outbox.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await bench.redis.restart()

  expect(answers).toEqual([{ id: 'a', status: 'accepted' }])
  await expect.poll(() => payloads, PATIENT).toEqual(['"a"'])
})

it('takes back what lies in the file', { timeout: 60_000 }, async () => {
  await using bench = await newBench()
  const outbox = await bench.open()
  await bench.redis.kill()
  await outbox.enqueue([job('a')])

  expect(await outbox.cancel('a')).toBe('cancelled')

  expect(await outbox.get('a')).toMatchObject({ state: 'cancelled', payload: '"a"' })
})

it(
  'delivers one of two under a key that hosts were told of while Redis was away',
  { timeout: 60_000 },
  async () => {
    await using bench = await newBench()
    const [one, other] = [await bench.open(), await bench.open()]
    const payloads = work(one)
    await bench.redis.kill()
    await one.enqueue([job('a', { key: 'receipt-1' })])
    await other.enqueue([job('b', { key: 'receipt-1' }), job('c')])

    await bench.redis.restart()

    await expect.poll(() => payloads, PATIENT).toContain('"c"')
    await expect
      .poll(async () => [(await one.get('a'))?.state, (await other.get('b'))?.state].toSorted(), PATIENT)
      .toEqual(['cancelled', 'done'])
    expect(payloads).toHaveLength(2)
  },
)

it('names every wrong option at once', () => {
  expect(() => spill({ local: 'file:x' as never, shared: undefined as never, retryMs: 0 })).toThrow(
    expect.objectContaining({
      issues: ['local', 'shared', 'retryMs'].map((path) => expect.objectContaining({ path }) as unknown),
    }) as Error,
  )
})
