import { describe, expect, it } from 'vitest'
import { accepts, newBench, refuses } from './support/bench.ts'

it('makes another attempt on its own schedule, and not at once', async () => {
  const { notify, enqueue, until, asked, typesOf } = newBench({ plays: [refuses('UNAVAILABLE'), accepts] })

  const id = await enqueue('hello')
  const waiting = await until(id, 'scheduled', 0)
  expect(waiting.waits).toMatchObject([{ error: { code: 'UNAVAILABLE' } }])
  const story = await until(id, 'sent')

  expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2])
  expect(story.attempts).toMatchObject([{ error: { code: 'UNAVAILABLE' } }, { provider: 'memory' }])
  expect(typesOf(id).filter((type) => type === 'retry')).toHaveLength(1)
  await notify.close()
})

it('gives up when its attempts are used, and tells so once', async () => {
  const { notify, enqueue, until, asked, typesOf } = newBench({ plays: [refuses('UNAVAILABLE')] })

  const id = await enqueue('hello')
  const story = await until(id, 'failed')

  expect(asked).toHaveLength(3)
  expect(story).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(typesOf(id).filter((type) => type === 'failed')).toHaveLength(1)
  await notify.close()
})

it('makes no second attempt at a message that is wrong', async () => {
  const { notify, enqueue, until, asked } = newBench({ plays: [refuses('CONTENT_REJECTED')] })

  await until(await enqueue('hello'), 'failed')

  expect(asked).toHaveLength(1)
  await notify.close()
})

it('waits as long as the provider asks, and uses no attempt for it', async () => {
  const busy = refuses('RATE_LIMITED', { retryAfterMs: 5_000 })
  const { notify, enqueue, until, asked, clock, typesOf } = newBench({
    plays: [busy, busy, busy, busy, accepts],
  })
  const startedAt = clock.now()

  const id = await enqueue('hello')
  await until(id, 'sent')

  expect(asked).toHaveLength(5)
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(20_000)
  expect(typesOf(id).filter((type) => type === 'deferred')).toHaveLength(4)
  await notify.close()
})

it('waits for a quota of the recipient', async () => {
  const hourly = refuses('RATE_LIMITED', { retryAfterMs: 3_600_000, scope: 'recipient' })
  const { notify, enqueue, until, clock, asked } = newBench({ plays: [hourly, accepts] })

  const id = await enqueue('hello')
  await until(id, 'scheduled', 0)
  await clock.advance(3_599_000)
  expect(asked).toHaveLength(1)
  await until(id, 'sent')

  expect(asked).toHaveLength(2)
  await notify.close()
})

it('lets the whole channel wait where the account has to', async () => {
  const busy = refuses('RATE_LIMITED', { retryAfterMs: 5_000 })
  const { notify, enqueue, until, asked } = newBench({ plays: [busy, accepts], outbox: { concurrency: 1 } })

  const first = await enqueue('one')
  const second = await enqueue('two')
  await until(first, 'scheduled', 0)
  expect(asked).toHaveLength(1)
  await until(second, 'sent')
  await until(first, 'sent')

  expect(asked).toHaveLength(3)
  await notify.close()
})

it('is not attempted after it has expired', async () => {
  const { notify, enqueue, until, asked, clock, typesOf } = newBench()
  await notify.outbox.pause('memory')
  const id = await enqueue('hello', { expiresAt: clock.now() + 1_000 })
  await clock.advance(2_000)

  await notify.outbox.resume('memory')
  const story = await until(id, 'skipped')

  expect(story).toMatchObject({ reason: 'expired' })
  expect(asked).toEqual([])
  expect(typesOf(id).at(-1)).toBe('skipped')
  await notify.close()
})

it('does not wait for an attempt that would come too late', async () => {
  const busy = refuses('RATE_LIMITED', { retryAfterMs: 5_000 })
  const { notify, enqueue, until, clock } = newBench({ plays: [busy] })

  const story = await until(await enqueue('hello', { expiresAt: clock.now() + 2_000 }), 'failed')

  expect(story.error).toMatchObject({ code: 'RATE_LIMITED' })
  await notify.close()
})

it('gives up what nobody would take for days', async () => {
  const busy = refuses('RATE_LIMITED', { retryAfterMs: 3_600_000, scope: 'recipient' })
  const { notify, enqueue, until } = newBench({ plays: [busy] })

  const story = await until(await enqueue('hello'), 'failed', 3_600_000)

  expect(story.waits.length).toBeGreaterThan(10)
  expect(story.waits.length).toBeLessThanOrEqual(30)
  await notify.close()
})

it('has all its time again when it is replayed', async () => {
  const plays = [refuses('CONTENT_REJECTED'), refuses('UNAVAILABLE'), accepts]
  const { notify, enqueue, until, clock } = newBench({ plays })
  const id = await enqueue('hello')
  await until(id, 'failed')
  await clock.advance(5 * 86_400_000)

  expect(await notify.outbox.replay({ ids: [id] })).toBe(1)
  const story = await until(id, 'sent')

  expect(story.attempts).toHaveLength(3)
  await notify.close()
})

it('attempts the urgent first', async () => {
  const order: string[] = []
  const { notify, enqueue, until, driver } = newBench({ outbox: { concurrency: 1 } })
  await notify.outbox.pause('memory')
  await enqueue('low', { priority: -1 })
  await enqueue('normal')
  const last = await enqueue('high', { priority: 10 })

  await notify.outbox.resume('memory')
  await until(last, 'sent')
  await expect.poll(() => driver.sent).toHaveLength(3)
  order.push(...driver.sent.map(({ text }) => text))

  expect(order).toEqual(['high', 'normal', 'low'])
  await notify.close()
})

describe('of which nobody knows the outcome', () => {
  const lost = refuses('TIMED_OUT', { delivery: 'unknown' })

  it('is held, and never sent a second time by itself', async () => {
    const { notify, enqueue, until, clock, asked, typesOf } = newBench({ plays: [lost] })

    const id = await enqueue('hello')
    const story = await until(id, 'unknown')
    await clock.advance(86_400_000)

    expect(asked).toHaveLength(1)
    expect(story.error).toMatchObject({ code: 'TIMED_OUT', delivery: 'unknown' })
    expect(typesOf(id).filter((type) => type === 'failed')).toHaveLength(1)
    await notify.close()
  })

  it('is attempted again where the caller prefers a second message', async () => {
    const { notify, enqueue, until, asked } = newBench({
      plays: [lost, accepts],
      outbox: { onUnknown: 'retry' },
    })

    await until(await enqueue('hello'), 'sent')

    expect(asked).toHaveLength(2)
    await notify.close()
  })

  it('stays unknown where a later attempt is refused for good', async () => {
    const plays = [lost, refuses('CONTENT_REJECTED')]
    const { notify, enqueue, until } = newBench({ plays, outbox: { onUnknown: { memory: 'retry' } } })

    const story = await until(await enqueue('hello'), 'unknown')

    expect(story.error).toMatchObject({ delivery: 'unknown' })
    await notify.close()
  })

  it('is sent when somebody decides so', async () => {
    const { notify, enqueue, until, asked } = newBench({ plays: [lost, accepts] })
    const id = await enqueue('hello')
    await until(id, 'unknown')

    expect(await notify.outbox.replay()).toBe(0)
    expect(await notify.outbox.replay({ status: 'unknown', ids: [id] })).toBe(1)
    const story = await until(id, 'sent')

    expect(asked).toHaveLength(2)
    expect(story.attempts).toHaveLength(2)
    await notify.close()
  })

  it('is asked for where the provider can tell, and not sent again where it has it', async () => {
    const { notify, enqueue, until, asked, driver } = newBench({ plays: [lost] })
    const questions: number[] = []
    Object.assign(driver, {
      lookUp: (_: unknown, __: unknown, triedAt: number) => {
        questions.push(triedAt)
        return Promise.resolve({ providerId: 'found', at: 1 })
      },
    })

    const story = await until(await enqueue('hello'), 'sent')

    expect(asked).toHaveLength(1)
    expect(questions).toHaveLength(1)
    expect(story.receipt).toMatchObject({ providerId: 'found' })
    await notify.close()
  })

  it('is sent again where the provider certainly has it not', async () => {
    const { notify, enqueue, until, asked, driver } = newBench({ plays: [lost, refuses('CONTENT_REJECTED')] })
    Object.assign(driver, { lookUp: () => Promise.resolve(undefined) })

    const story = await until(await enqueue('hello'), 'failed')

    expect(asked).toHaveLength(2)
    expect(story.error).toMatchObject({ code: 'CONTENT_REJECTED', delivery: 'not_sent' })
    await notify.close()
  })

  it('is held where the provider cannot tell for long', async () => {
    const { notify, enqueue, until, asked, driver } = newBench({ plays: [lost] })
    Object.assign(driver, { lookUp: () => Promise.reject(new Error('no answer')) })

    await until(await enqueue('hello'), 'unknown', 1_000)

    expect(asked).toHaveLength(1)
    await notify.close()
  })
})

describe('a delivery that is taken back', () => {
  it('is not sent', async () => {
    const { notify, enqueue, asked, clock, typesOf } = newBench()
    const id = await enqueue('hello', { delayMs: 1_000 })

    expect(await notify.cancel(id)).toBe('cancelled')
    await clock.advance(5_000)

    expect(asked).toEqual([])
    expect(await notify.status(id)).toMatchObject({ status: 'skipped', reason: 'cancelled' })
    expect(typesOf(id).at(-1)).toBe('skipped')
    expect(await notify.cancel(id)).toBe('gone')
    await notify.close()
  })

  it('is given up while it waits for its turn', async () => {
    const limits = { providers: { memory: { account: { limit: 1, perMs: 30_000 } } } }
    const { notify, enqueue, until, asked } = newBench({ options: { limits } })
    await until(await enqueue('first'), 'sent')
    const id = await enqueue('second')
    await until(id, 'sending', 0)

    expect(await notify.cancel(id)).toBe('signalled')
    await until(id, 'skipped', 0)

    expect(asked).toHaveLength(1)
    await notify.close()
  })
})
