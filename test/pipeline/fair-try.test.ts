/** A try is begun only with time left for it, and only a provider that had time is blamed for its silence. */
import { describe, expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, after, Carrier, inTurn, never, outcomeOf, refuse, watch } from './carrier.ts'

describe('a wait that leaves no time for the try after it', () => {
  it('is not begun before a retry: the failure at hand is told at once', async () => {
    const clock = new FakeClock()
    const slow = () => after(clock, 500)
    const memory = new Carrier(inTurn(refuse('RATE_LIMITED', { retryAfterMs: 9_700 }), slow))
    const notify = createNotify({ channels: { memory }, clock, deadlineMs: 10_000 })

    const result = watch(notify.send('memory', { to: 'a' }))
    await clock.advance(0)

    expect(result.value).toMatchObject({
      attempts: [{}],
      error: { code: 'RATE_LIMITED', delivery: 'not_sent', retryAfterMs: 9_700 },
    })
  })

  it('is not begun in line: the send is refused at once', async () => {
    const clock = new FakeClock()
    const memory = new Carrier(() => after(clock, 500))
    const limits = { providers: { memory: { account: { limit: 1, perMs: 9_700 } } } }
    const notify = createNotify({ channels: { memory }, clock, deadlineMs: 10_000, limits })
    void notify.send('memory', { to: 'a' })

    const result = watch(notify.send('memory', { to: 'b' }))
    await clock.advance(0)

    expect(result.value).toMatchObject({ attempts: [], error: { code: 'RATE_LIMITED', retryAfterMs: 9_700 } })
  })

  it('is one that takes more than three quarters of the deadline', async () => {
    const clock = new FakeClock()
    const memory = new Carrier(inTurn(refuse('RATE_LIMITED', { retryAfterMs: 7_400 }), accept))
    const notify = createNotify({
      channels: { memory },
      clock,
      deadlineMs: 10_000,
      retry: { baseDelayMs: 1 },
    })

    const sending = notify.send('memory', { to: 'a' })
    await clock.advance(7_500)

    expect(await sending).toMatchObject({ status: 'sent', attempts: [{}, {}] })
  })
})

describe('a provider whose circuit opens at the fifth silence', () => {
  async function sendFive(memory: Carrier, clock: FakeClock, options: object) {
    const notify = createNotify({ channels: { memory }, clock })
    const outcomes: string[] = []
    for (let count = 0; count < 5; count += 1) {
      const sending = notify.send('memory', { to: 'a' }, options)
      await clock.advance(5_000)
      outcomes.push(outcomeOf(await sending))
    }
    return { outcomes, state: notify.health().memory[0]?.state }
  }

  it.each([{ deadlineMs: 5 }, { attemptTimeoutMs: 5 }])(
    'is not blamed where callers give it %o',
    async (limits) => {
      const clock = new FakeClock()
      const memory = new Carrier(() => after(clock, 50))

      const { outcomes, state } = await sendFive(memory, clock, limits)

      expect(outcomes).toEqual(Array(5).fill('TIMED_OUT unknown'))
      expect(state).toBe('closed')
    },
  )

  it.each([{ deadlineMs: 5_000 }, { attemptTimeoutMs: 5_000 }])(
    'is left alone where it hangs for as long as %o',
    async (limits) => {
      const clock = new FakeClock()

      const { outcomes, state } = await sendFive(new Carrier(never), clock, limits)

      expect(outcomes).toEqual(Array(5).fill('TIMED_OUT unknown'))
      expect(state).toBe('open')
    },
  )

  it('is left alone where it hangs and all deadlines are short by default', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { memory: new Carrier(never) }, clock, deadlineMs: 2_000 })

    for (let count = 0; count < 5; count += 1) {
      const sending = notify.send('memory', { to: 'a' })
      await clock.advance(2_000)
      await sending
    }

    expect(notify.health().memory).toMatchObject([{ state: 'open' }])
  })

  it('is left alone where its driver finds it silent by a time limit of its own', async () => {
    const clock = new FakeClock()
    const memory = new Carrier(refuse('TIMED_OUT', { delivery: 'unknown' }))

    const { state } = await sendFive(memory, clock, { deadlineMs: 5 })

    expect(state).toBe('open')
  })
})
