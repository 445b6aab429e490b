import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TO = { to: 'someone' }
const KEY = { idempotencyKey: 'order-1' }

describe('a second send under one idempotency key', () => {
  it('sends nothing and gets the first result', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })
    const first = await notify.send('memory', TO, KEY)

    const second = await notify.send('memory', { ...TO }, KEY)

    expect(memory.sent).toHaveLength(1)
    expect(first).not.toHaveProperty('duplicate')
    expect(second).toEqual({ ...first, duplicate: true })
  })

  it('while the first is under way, makes one delivery', async () => {
    let accept: (() => void) | undefined
    const memory = new MemoryNotifier((_, { id }) => {
      return new Promise((resolve) => {
        accept = () => resolve({ providerId: id, at: 1 })
      })
    })
    const notify = createNotify({ channels: { memory } })

    const sending = Array.from({ length: 50 }, () => notify.send('memory', TO, KEY))
    accept?.()
    const results = await Promise.all(sending)

    expect(memory.sent).toHaveLength(1)
    expect(new Set(results.map(({ id }) => id)).size).toBe(1)
    expect(results.filter(({ duplicate }) => duplicate)).toHaveLength(49)
  })

  it('is refused where it is another message', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })
    await notify.send('memory', TO, KEY)

    const result = await notify.send('memory', { to: 'somebody else' }, KEY)

    expect(result).toMatchObject({
      error: { code: 'IDEMPOTENCY_MISMATCH', delivery: 'not_sent' },
      attempts: [],
    })
    expect(memory.sent).toHaveLength(1)
  })

  it('sends, where the first failed and nothing was sent', async () => {
    let isDown = true
    const memory = new MemoryNotifier((_, { id }) => {
      if (isDown) return Promise.reject(new NotifyError('UNAVAILABLE', 'no', { delivery: 'not_sent' }))
      return Promise.resolve({ providerId: id, at: 1 })
    })
    const notify = createNotify({ channels: { memory }, retry: false })
    await notify.send('memory', TO, KEY)
    isDown = false

    const second = await notify.send('memory', TO, KEY)

    expect(second).toMatchObject({ status: 'sent' })
    expect(second).not.toHaveProperty('duplicate')
  })

  it('sends nothing, where the first may have gone out', async () => {
    let asked = 0
    const memory = new MemoryNotifier(() => {
      asked += 1
      return Promise.reject(new NotifyError('TIMED_OUT', 'no answer', { delivery: 'unknown' }))
    })
    const notify = createNotify({ channels: { memory } })
    await notify.send('memory', TO, KEY)

    const second = await notify.send('memory', TO, KEY)

    expect(second).toMatchObject({
      status: 'failed',
      duplicate: true,
      error: { code: 'TIMED_OUT', delivery: 'unknown' },
    })
    expect(asked).toBe(1)
  })

  it('takes over, where the first sender gave up before anything was sent', async () => {
    const clock = new FakeClock()
    let isDown = true
    const memory = new MemoryNotifier((_, { id }) => {
      if (!isDown) return Promise.resolve({ providerId: id, at: 1 })
      return Promise.reject(new NotifyError('RATE_LIMITED', 'later', { retryAfterMs: 10_000 }))
    })
    const notify = createNotify({ channels: { memory }, clock })
    const abort = new AbortController()
    const first = notify.send('memory', TO, { ...KEY, signal: abort.signal })
    const second = notify.send('memory', TO, KEY)
    await clock.advance(1)
    isDown = false

    abort.abort()
    await clock.advance(10_000)

    expect(await first).toMatchObject({ status: 'failed', error: { code: 'ABORTED' } })
    expect(await second).toMatchObject({ status: 'sent' })
  })

  it('can be aborted while it waits for the first, and says that the message may go out', async () => {
    const memory = new MemoryNotifier(() => new Promise(() => undefined))
    const clock = new FakeClock()
    const notify = createNotify({ channels: { memory }, clock })
    const abort = new AbortController()
    const first = notify.send('memory', TO, KEY)
    const second = notify.send('memory', TO, { ...KEY, signal: abort.signal })

    abort.abort()

    expect(await second).toMatchObject({ error: { code: 'ABORTED', delivery: 'unknown' } })
    await clock.advance(30_000)
    expect(await first).toMatchObject({ error: { code: 'TIMED_OUT' } })
  })

  it('is a send of its own on another channel, and after a day', async () => {
    const clock = new FakeClock()
    const [memory, other] = [new MemoryNotifier(), new MemoryNotifier()]
    const notify = createNotify({ channels: { memory, other }, clock })
    await notify.send('memory', TO, KEY)

    await notify.send('other', TO, KEY)
    await clock.advance(24 * 3_600_000)
    await notify.send('memory', TO, KEY)

    expect([memory.sent.length, other.sent.length]).toEqual([2, 1])
  })
})
