import { EventEmitter, once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError, type BulkResult } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const messages = (count: number) => Array.from({ length: count }, (_, index) => ({ to: `person-${index}` }))

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const result of results) list.push(result)
  return list
}

/** A channel that accepts when the test says so, and knows how many wait. */
function gated() {
  const waiting: (() => void)[] = []
  const changes = new EventEmitter()
  const memory = new MemoryNotifier(async (_, { id, signal }) => {
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve)
      signal.addEventListener('abort', () => reject(new NotifyError('ABORTED', 'stopped')))
      changes.emit('more')
    })
    return { providerId: id, at: 1 }
  })
  const until = async (count: number) => {
    while (waiting.length < count) await once(changes, 'more')
  }
  return { memory, waiting, until }
}

/** Yields messages and counts how many were asked for. */
function counted(count: number) {
  const source = { taken: 0, closed: false }
  async function* take() {
    try {
      for (const message of messages(count)) {
        source.taken += 1
        yield await Promise.resolve(message)
      }
    } finally {
      source.closed = true
    }
  }
  return { source, take }
}

describe('sendMany', () => {
  it.each<readonly [string, () => Iterable<{ to: string }> | AsyncIterable<{ to: string }>]>([
    ['a list', () => messages(250)],
    ['a generator', () => messages(250).values()],
    ['an async generator', () => counted(250).take()],
    ['a stream in object mode', () => Readable.from(messages(250)) as AsyncIterable<{ to: string }>],
  ])('sends every message of %s once and tells which result is whose', async (_, source) => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })

    const results = await all(notify.sendMany('memory', source()))

    expect(results.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...messages(250).keys()])
    expect(results.every(({ status }) => status === 'sent')).toBe(true)
    expect(new Set(memory.sent.map(({ to }) => to)).size).toBe(250)
  })

  it('tells of one bad message in its result and sends the others', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory }, debug: true })
    const source = [{ to: 'a' }, { to: '' }, { to: 'c' }]

    const results = await all(notify.sendMany('memory', source))

    const byIndex = [...results].sort((one, other) => one.index - other.index)
    expect(byIndex).toMatchObject([
      { status: 'sent' },
      { status: 'failed', error: { code: 'INVALID_MESSAGE' } },
      { status: 'sent' },
    ])
  })

  it('has no more than `concurrency` under way, and takes no more from the source', async () => {
    const { memory, waiting, until } = gated()
    const { source, take } = counted(100)
    const notify = createNotify({ channels: { memory } })
    const results = notify.sendMany('memory', take(), { concurrency: 4 })

    const first = results.next()
    await until(4)

    expect(waiting).toHaveLength(4)
    expect(source.taken).toBe(4)
    for (const accept of waiting) accept()
    await first
    await results.return()
  })

  it('reads the source no faster than its results are read', async () => {
    const { source, take } = counted(10_000)
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    const results = notify.sendMany('memory', take(), { concurrency: 10 })

    await results.next()
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))

    expect(source.taken).toBeLessThanOrEqual(30)
    await results.return()
    expect(source.closed).toBe(true)
  })

  it('sends nothing before the first result is asked for', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })

    notify.sendMany('memory', messages(3))
    await new Promise((resolve) => setImmediate(resolve))

    expect(memory.sent).toEqual([])
  })

  it('waits for what is under way when the loop is left, and sends no more', async () => {
    const { memory, waiting, until } = gated()
    const { source, take } = counted(100)
    const notify = createNotify({ channels: { memory } })
    const results = notify.sendMany('memory', take(), { concurrency: 3 })
    const first = results.next()
    await until(3)
    waiting[0]?.()
    await first

    const left = results.return()
    waiting[1]?.()
    waiting[2]?.()
    await until(4).then(() => waiting[3]?.())
    await left

    expect(source.closed).toBe(true)
    expect(memory.sent.length).toBe(source.taken)
    expect(source.taken).toBeLessThanOrEqual(4)
  })

  it('gives the results of what it had, then throws what the source threw', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })
    function* broken() {
      yield { to: 'a' }
      yield { to: 'b' }
      throw new Error('the database went away')
    }
    const results: BulkResult[] = []

    const reading = (async () => {
      for await (const result of notify.sendMany('memory', broken())) results.push(result)
    })()

    await expect(reading).rejects.toThrow('the database went away')
    expect(results).toHaveLength(2)
  })

  it('ends when the caller aborts: what is under way fails as ABORTED, the rest is not taken', async () => {
    const { memory, until } = gated()
    const { source, take } = counted(100)
    const caller = new AbortController()
    const notify = createNotify({ channels: { memory } })
    const reading = all(
      notify.sendMany('memory', take(), {
        concurrency: 5,
        signal: caller.signal,
        onProgress: () => undefined,
      }),
    )
    await until(5)

    caller.abort()
    const results = await reading

    expect(results).toHaveLength(5)
    expect(results.every((one) => one.status === 'failed' && one.error.code === 'ABORTED')).toBe(true)
    expect(source).toEqual({ taken: 5, closed: true })
  })

  it('ends although the source never gives its next message', async () => {
    const caller = new AbortController()
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    async function* silent() {
      yield { to: 'a' }
      await new Promise(() => undefined)
    }
    const results = notify.sendMany('memory', silent(), { signal: caller.signal })
    await results.next()

    caller.abort()

    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  it('ends as CLOSED when the SDK is closed, with the results of what was under way', async () => {
    const { memory, waiting, until } = gated()
    const { take } = counted(100)
    const notify = createNotify({ channels: { memory } })
    const results = notify.sendMany('memory', take(), { concurrency: 2 })
    const first = results.next()
    await until(2)

    const closing = notify.close()
    for (const accept of waiting) accept()

    expect(await first).toMatchObject({ value: { status: 'sent' } })
    expect(await results.next()).toMatchObject({ value: { status: 'sent' } })
    await expect(results.next()).rejects.toMatchObject({ code: 'CLOSED' })
    await closing
  })

  it('tells how far it is after every result, whatever that function does', async () => {
    const told: unknown[] = []
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    const onProgress = (progress: unknown) => {
      told.push(progress)
      if (told.length === 1) throw new Error('not my problem')
    }

    const warned = once(process, 'warning')
    await all(notify.sendMany('memory', [{ to: 'a' }, { to: '' }, { to: 'c' }], { onProgress }))

    expect(told.at(-1)).toEqual({ done: 3, sent: 2, skipped: 0, failed: 1 })
    expect(told).toHaveLength(3)
    expect(String(await warned)).toContain('onProgress threw')
  })

  it('gives each message the idempotency key that the caller makes of it', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })
    const source = [{ to: 'a' }, { to: 'a' }, { to: 'b' }]

    const idempotencyKey = ({ to }: { to: string }) => `receipt-${to}`

    const results = await all(notify.sendMany('memory', source, { idempotencyKey }))

    expect(memory.sent).toHaveLength(2)
    expect(results.filter(({ duplicate }) => duplicate)).toHaveLength(1)
  })

  it('fails one message whose key cannot be made, and sends the others', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })
    const idempotencyKey = (_: unknown, index: number) => {
      if (index === 0) throw new Error('no key')
      return `key-${index}`
    }

    const results = await all(notify.sendMany('memory', messages(3), { idempotencyKey }))

    const first = results.find(({ index }) => index === 0)
    expect(first).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
    expect(memory.sent).toHaveLength(2)
  })

  it('refuses wrong options, a wrong channel and a wrong source at once', () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    const wrong = { concurrency: 0, deadlineMs: -1, onProgress: 'no' } as never

    expect(() => notify.sendMany('memory', [], wrong)).toThrow(
      expect.objectContaining({
        code: 'INVALID_MESSAGE',
        issues: [
          { path: 'options.concurrency', message: expect.any(String) as string },
          { path: 'options.deadlineMs', message: expect.any(String) as string },
          { path: 'options.onProgress', message: expect.any(String) as string },
        ],
      }),
    )
    expect(() => notify.sendMany('nowhere' as 'memory', [])).toThrow(/No channel is named/)
    expect(() => notify.sendMany('memory', 'abc' as never)).toThrow(/source/)
  })

  it('lets the rest of the program run meanwhile, though no driver waits for anything', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    let turns = 0
    const count = () => {
      turns += 1
      handle = setImmediate(count)
    }
    let handle = setImmediate(count)

    for await (const result of notify.sendMany('memory', messages(4_000))) void result
    clearImmediate(handle)

    expect(turns).toBeGreaterThan(10)
  })
})
