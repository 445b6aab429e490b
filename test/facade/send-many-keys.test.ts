/** Where `sendMany` makes a key for each message, none goes out without one. */
import { describe, expect, it } from 'vitest'
import { createNotify, type BulkResult } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TWO = [{ to: 'a' }, { to: 'b' }]

async function all(results: AsyncIterable<BulkResult>): Promise<readonly BulkResult[]> {
  const list: BulkResult[] = []
  for await (const result of results) list.push(result)
  return list.sort((one, other) => one.index - other.index)
}

const thrower = (what: unknown) => () => {
  throw what
}

describe('a message whose key', () => {
  it.each<readonly [string, () => unknown]>([
    ['is undefined', () => undefined],
    ['is null', () => null],
    ['is empty', () => ''],
    ['is a number', () => 7],
    ['is a promise', () => Promise.resolve('k')],
    ['is longer than 255 characters', () => 'k'.repeat(256)],
    ['cannot be made: an error is thrown', thrower(new Error('no order'))],
    ['cannot be made: a text is thrown that would be a key', thrower('order-1')],
    ['cannot be made: undefined is thrown', thrower(undefined)],
  ])('%s fails, and is not sent', async (_, makeKey) => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })

    const results = await all(notify.sendMany('memory', TWO, { idempotencyKey: makeKey as () => string }))

    const refusal = { code: 'INVALID_MESSAGE', issues: [{ path: 'options.idempotencyKey' }] }
    expect(results).toMatchObject([{ error: refusal }, { error: refusal }])
    expect(memory.sent).toEqual([])
  })

  it('is undefined in a `send` goes out: there nobody asked for keys', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    const result = await notify.send('memory', { to: 'a' }, { idempotencyKey: undefined })

    expect(result.status).toBe('sent')
  })
})

it('two orders of one class under one key are told apart by their fields', async () => {
  class Order {
    readonly to: string
    constructor(to: string) {
      this.to = to
    }
  }
  const memory = new MemoryNotifier()
  const notify = createNotify({ channels: { memory } })
  await notify.send('memory', new Order('ann'), { idempotencyKey: 'k' })

  const result = await notify.send('memory', new Order('bob'), { idempotencyKey: 'k' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'IDEMPOTENCY_MISMATCH' } })
  expect(memory.sent).toHaveLength(1)
})

it('a source is closed when one of its messages is a promise that rejects', async () => {
  let isClosed = false
  function* source() {
    try {
      yield { to: 'a' }
      yield Promise.reject(new Error('bad row')) as never
      yield { to: 'c' }
    } finally {
      isClosed = true
    }
  }
  const memory = new MemoryNotifier()
  const notify = createNotify({ channels: { memory } })
  const results: BulkResult[] = []

  const reading = (async () => {
    for await (const result of notify.sendMany('memory', source())) results.push(result)
  })()

  await expect(reading).rejects.toThrow('bad row')
  expect(results).toMatchObject([{ index: 0, status: 'sent' }])
  expect(isClosed).toBe(true)
})
