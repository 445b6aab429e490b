import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError, type FailureCode, type NotifyErrorDetails } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TO = { to: 'someone' }

/** A channel whose provider is up or fails in one way, and counts how often it was asked. */
function provider() {
  const state: { failure?: readonly [FailureCode, NotifyErrorDetails?]; asked: number } = { asked: 0 }
  const memory = new MemoryNotifier((_, { id }) => {
    state.asked += 1
    if (!state.failure) return Promise.resolve({ providerId: id, at: 1 })
    return Promise.reject(new NotifyError(state.failure[0], 'no', state.failure[1]))
  })
  const clock = new FakeClock()
  const notify = createNotify({ channels: { memory, other: new MemoryNotifier() }, clock, retry: false })
  const sendTimes = async (times: number) => {
    for (let index = 0; index < times; index += 1) await notify.send('memory', TO)
  }
  return { state, clock, notify, sendTimes }
}

describe('a provider that fails five times', () => {
  it('is left alone, and the send says so, why, and until when', async () => {
    const { state, notify, sendTimes } = provider()
    state.failure = ['UNAVAILABLE']
    await sendTimes(5)

    const result = await notify.send('memory', TO)

    expect(state.asked).toBe(5)
    expect(result).toMatchObject({
      status: 'failed',
      attempts: [],
      error: {
        code: 'CIRCUIT_OPEN',
        delivery: 'not_sent',
        retryAfterMs: 10_000,
        cause: { code: 'UNAVAILABLE' },
      },
    })
    expect(notify.health().memory).toMatchObject([
      { provider: 'memory', state: 'open', retryAfterMs: 10_000 },
    ])
  })

  it('does not hold up another channel', async () => {
    const { state, notify, sendTimes } = provider()
    state.failure = ['UNAVAILABLE']
    await sendTimes(6)

    expect(await notify.send('other', TO)).toMatchObject({ status: 'sent' })
    expect(notify.health().other).toEqual([{ provider: 'memory', state: 'closed' }])
  })

  it('is asked once after the cool-down, and used again when that works', async () => {
    const { state, clock, notify, sendTimes } = provider()
    state.failure = ['UNAVAILABLE']
    await sendTimes(5)
    await clock.advance(10_000)
    expect(notify.health().memory).toMatchObject([{ state: 'half_open' }])
    delete state.failure

    const results = await Promise.all([notify.send('memory', TO), notify.send('memory', TO)])

    expect(results.map(({ status }) => status)).toEqual(['sent', 'failed'])
    expect(notify.health().memory).toMatchObject([{ state: 'closed' }])
    expect(await notify.send('memory', TO)).toMatchObject({ status: 'sent' })
  })

  it('is left alone again when the probe fails', async () => {
    const { state, clock, notify, sendTimes } = provider()
    state.failure = ['UNAVAILABLE']
    await sendTimes(5)
    await clock.advance(10_000)

    await sendTimes(3)

    expect(state.asked).toBe(6)
    expect(notify.health().memory).toMatchObject([{ state: 'open', retryAfterMs: 10_000 }])
  })
})

it.each<FailureCode>(['RECIPIENT_REJECTED', 'CONTENT_REJECTED', 'PAYLOAD_TOO_LARGE', 'RATE_LIMITED'])(
  'a hundred times %s marks no provider dead',
  async (code) => {
    const { state, notify, sendTimes } = provider()
    state.failure = [code]

    await sendTimes(100)

    expect(state.asked).toBe(100)
    expect(notify.health().memory).toEqual([{ provider: 'memory', state: 'closed' }])
  },
)

it('a provider that refuses our credentials is left alone at once', async () => {
  const { state, notify, sendTimes } = provider()
  state.failure = ['UNAUTHORIZED']
  await sendTimes(3)

  expect(state.asked).toBe(1)
  expect(notify.health().memory).toMatchObject([{ state: 'open', reason: { code: 'UNAUTHORIZED' } }])
})

it('a provider whose quota is used up is left alone until the quota’s reset', async () => {
  const { state, notify, sendTimes } = provider()
  state.failure = ['QUOTA_EXHAUSTED', { retryAfterMs: 3_600_000 }]
  await sendTimes(2)

  expect(state.asked).toBe(1)
  expect(notify.health().memory).toMatchObject([{ state: 'open', retryAfterMs: 3_600_000 }])
})

it('half of the tries failing opens the circuit, fewer do not', async () => {
  const { state, notify, sendTimes } = provider()
  for (let round = 0; round < 20; round += 1) {
    state.failure = ['UNAVAILABLE']
    await sendTimes(1)
    delete state.failure
    await sendTimes(2)
  }
  expect(notify.health().memory).toMatchObject([{ state: 'closed' }])
  expect(state.asked).toBe(60)
})

it('says what is wrong with the options of the breaker', () => {
  const open = (breaker: object) => () => createNotify({ channels: {}, breaker })

  expect(open({ failures: 0, cooldown: 1 })).toThrow(/breaker\.failures[\s\S]*breaker\.cooldown/)
  expect(open({ failures: 11 })).toThrow(/breaker\.failures: expected at most 10/)
})
