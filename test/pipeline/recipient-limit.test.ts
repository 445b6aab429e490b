/** A limit per recipient: our own refusal is told at once, and places are kept by what may have gone out only. */
import { describe, expect, it } from 'vitest'
import { createNotify, failover, type LifecycleEvent } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, after, Carrier, inTurn, ONE_PER_MINUTE, refuse, watch } from './carrier.ts'

const limits = { providers: { memory: { recipient: ONE_PER_MINUTE } } }

describe('a message that its recipient may not get yet', () => {
  it('is refused at once, though it could be sent before its deadline, and is not retried', async () => {
    const clock = new FakeClock()
    const events: LifecycleEvent[] = []
    const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
    const memory = new Carrier()
    const notify = createNotify({ channels: { memory }, clock, limits, hooks, deadlineMs: 600_000 })
    await notify.send('memory', { to: 'a' })
    await clock.advance(30_000)

    const result = watch(notify.send('memory', { to: 'a' }))
    await clock.advance(0)

    expect(result.value).toMatchObject({
      attempts: [],
      error: { code: 'RATE_LIMITED', scope: 'recipient', retryAfterMs: 30_000 },
    })
    expect(events.filter(({ type }) => type === 'retry')).toEqual([])
  })

  it('goes to another provider that has a place for him', async () => {
    const [memory, other] = [new Carrier(), new Carrier(accept, 'other')]
    const notify = createNotify({ channels: { memory: failover(memory, other) }, limits })
    await notify.send('memory', { to: 'a' })

    const result = await notify.send('memory', { to: 'a' })

    expect(result).toMatchObject({ status: 'sent', provider: 'other' })
  })
})

it('another try at a message that may have gone out takes no second place', async () => {
  class Deduplicating extends Carrier {
    override readonly deduplicates = true
  }
  const clock = new FakeClock()
  const memory = new Deduplicating(inTurn(refuse('TIMED_OUT', { delivery: 'unknown' }), accept))
  const notify = createNotify({ channels: { memory }, clock, limits })

  const sending = notify.send('memory', { to: 'a' })
  await clock.advance(1_000)
  const second = await notify.send('memory', { to: 'a' })

  expect(await sending).toMatchObject({ status: 'sent', attempts: [{}, {}] })
  expect(second).toMatchObject({ attempts: [], error: { code: 'RATE_LIMITED', scope: 'recipient' } })
})

it('a message that is given up while it waits for its turn gives its recipient’s place back', async () => {
  const clock = new FakeClock()
  const caller = new AbortController()
  const both = { account: { limit: 1, perMs: 10_000 }, recipient: ONE_PER_MINUTE }
  const memory = new Carrier()
  const notify = createNotify({ channels: { memory }, clock, limits: { providers: { memory: both } } })
  await notify.send('memory', { to: 'a' })
  const waiting = notify.send('memory', { to: 'b' }, { signal: caller.signal })
  await clock.advance(1)
  caller.abort()
  await waiting

  const again = notify.send('memory', { to: 'b' })
  await clock.advance(10_000)

  expect(await again).toMatchObject({ status: 'sent' })
})

it('two messages to one recipient at the same time share one place', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(() => after(clock, 100))
  const notify = createNotify({ channels: { memory }, clock, limits })

  const sending = [notify.send('memory', { to: 'a' }), notify.send('memory', { to: 'a' })]
  await clock.advance(100)

  expect(await Promise.all(sending)).toMatchObject([{ status: 'sent' }, { error: { code: 'RATE_LIMITED' } }])
  expect(memory.asked).toBe(1)
})
