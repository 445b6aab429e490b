/** How long a provider asks to be left alone, where that is too short, too long or no time at all. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, Carrier, inTurn, refuse } from './carrier.ts'

it.each([0, 1, 9_999])(
  'a provider that fails and asks for a wait of %i ms is left alone for the cool-down',
  async (ms) => {
    const clock = new FakeClock()
    const memory = new Carrier(refuse('UNAVAILABLE', { retryAfterMs: ms }))
    const notify = createNotify({ channels: { memory }, clock, retry: false })

    for (let count = 0; count < 20; count += 1) await notify.send('memory', { to: 'a' })

    expect(memory.asked).toBe(5)
    expect(notify.health().memory).toMatchObject([{ state: 'open', retryAfterMs: 10_000 }])
  },
)

it('a provider that fails and asks for a longer wait than the cool-down gets it', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(refuse('UNAVAILABLE', { retryAfterMs: 90_000 }))
  const breaker = { failures: 1, of: 1 }
  const notify = createNotify({ channels: { memory }, clock, retry: false, breaker })

  await notify.send('memory', { to: 'a' })

  expect(notify.health().memory).toMatchObject([{ state: 'open', retryAfterMs: 90_000 }])
})

it.each([Infinity, NaN, -5])(
  'a provider that asks for %s milliseconds is left alone for the cool-down',
  async (ms) => {
    const clock = new FakeClock()
    const memory = new Carrier(inTurn(refuse('UNAVAILABLE', { retryAfterMs: ms }), accept))
    const notify = createNotify({
      channels: { memory },
      clock,
      retry: false,
      breaker: { failures: 1, of: 1 },
    })
    await notify.send('memory', { to: 'a' })
    const [health] = notify.health().memory

    await clock.advance(10_000)

    expect(health).toMatchObject({ state: 'open', retryAfterMs: 10_000 })
    expect(await notify.send('memory', { to: 'b' })).toMatchObject({ status: 'sent' })
  },
)

it.each([Infinity, NaN, -5])(
  'a provider that has had too much and asks for %s milliseconds is not paused',
  async (ms) => {
    const clock = new FakeClock()
    const memory = new Carrier(inTurn(refuse('RATE_LIMITED', { retryAfterMs: ms }), accept))
    const notify = createNotify({ channels: { memory }, clock, retry: false })

    const first = await notify.send('memory', { to: 'a' })
    const second = await notify.send('memory', { to: 'b' })

    expect(first).toMatchObject({ error: { code: 'RATE_LIMITED' } })
    expect(second).toMatchObject({ status: 'sent' })
  },
)
