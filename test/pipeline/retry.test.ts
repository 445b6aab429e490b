import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError, type FailureCode, type NotifyErrorDetails } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TO = { to: 'someone' }

/** A channel that fails with these, one after the other, then accepts. */
function failing(...failures: readonly (readonly [FailureCode, NotifyErrorDetails?])[]) {
  const left = [...failures]
  return new MemoryNotifier((_, { id }) => {
    const next = left.shift()
    if (next) return Promise.reject(new NotifyError(next[0], 'no', next[1]))
    return Promise.resolve({ providerId: id, at: 1 })
  })
}

const NOT_SENT = { delivery: 'not_sent' } as const

describe('by default a send', () => {
  it('tries three times where the provider was away and took nothing', async () => {
    const clock = new FakeClock()
    const memory = failing(['UNAVAILABLE', NOT_SENT], ['UNAVAILABLE', NOT_SENT])
    const notify = createNotify({ channels: { memory }, clock })

    const sending = notify.send('memory', TO)
    await clock.advance(600)

    expect(await sending).toMatchObject({
      status: 'sent',
      attempts: [{ error: { code: 'UNAVAILABLE' } }, { error: { code: 'UNAVAILABLE' } }, {}],
    })
  })

  it('gives up after the third, with the last failure', async () => {
    const clock = new FakeClock()
    const memory = failing(...Array.from({ length: 9 }, () => ['UNAVAILABLE', NOT_SENT] as const))
    const notify = createNotify({ channels: { memory }, clock })

    const sending = notify.send('memory', TO)
    await clock.advance(600)
    const result = await sending

    expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE' } })
    expect(result.attempts).toHaveLength(3)
  })

  it.each<readonly [FailureCode, NotifyErrorDetails]>([
    ['UNAVAILABLE', { delivery: 'unknown' }],
    ['TIMED_OUT', {}],
    ['RECIPIENT_REJECTED', {}],
    ['CONTENT_REJECTED', {}],
    ['PAYLOAD_TOO_LARGE', {}],
    ['UNAUTHORIZED', {}],
    ['QUOTA_EXHAUSTED', {}],
    ['DRIVER_FAILED', NOT_SENT],
  ])('is never repeated after %s (%o)', async (code, details) => {
    const notify = createNotify({ channels: { memory: failing([code, details]) } })

    const result = await notify.send('memory', TO)

    expect(result).toMatchObject({ status: 'failed', error: { code } })
    expect(result.attempts).toHaveLength(1)
  })
})

it('waits as long as the provider says, and at most the jitter longer', async () => {
  const clock = new FakeClock()
  const memory = failing(['RATE_LIMITED', { retryAfterMs: 5_000 }])
  const notify = createNotify({ channels: { memory }, clock })

  const sending = notify.send('memory', TO)
  await clock.advance(4_999)
  expect(memory.sent).toHaveLength(0)
  await clock.advance(201)

  expect(await sending).toMatchObject({ status: 'sent', attempts: [{ error: { retryAfterMs: 5_000 } }, {}] })
})

it('answers at once where the provider’s wait would go past the deadline', async () => {
  const clock = new FakeClock()
  const memory = failing(['RATE_LIMITED', { retryAfterMs: 60_000 }])
  const notify = createNotify({ channels: { memory }, clock })

  const result = await notify.send('memory', TO)

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RATE_LIMITED', retryAfterMs: 60_000 } })
  expect(result.attempts).toHaveLength(1)
})

it('an abort ends the wait between two tries, and says that nothing was sent and what failed before', async () => {
  const clock = new FakeClock()
  const memory = failing(['UNAVAILABLE', { ...NOT_SENT, retryAfterMs: 1_000 }])
  const notify = createNotify({ channels: { memory }, clock })
  const abort = new AbortController()

  const sending = notify.send('memory', TO, { signal: abort.signal })
  await clock.advance(10)
  abort.abort()
  const result = await sending

  expect(result).toMatchObject({
    status: 'failed',
    error: { code: 'ABORTED', delivery: 'not_sent', cause: { code: 'UNAVAILABLE' } },
  })
  expect(result.attempts).toHaveLength(1)
  await clock.advance(5_000)
  expect(memory.sent).toHaveLength(0)
})

it('repeats an attempt of unknown outcome only where the caller asked for it', async () => {
  const clock = new FakeClock()
  const memory = failing(['UNAVAILABLE', { delivery: 'unknown' }])
  const notify = createNotify({ channels: { memory }, clock, retry: { onUnknown: 'retry' } })

  const sending = notify.send('memory', TO)
  await clock.advance(200)

  expect(await sending).toMatchObject({ status: 'sent', attempts: [{}, {}] })
})

it('names every wrong retry option at once', () => {
  const retry = { tries: 0, baseDelayMs: -1, onUnknown: 'maybe', sometimes: 1 }
  const open = () => createNotify({ channels: {}, retry: retry as never })

  expect(open).toThrow(/retry\.tries[\s\S]*retry\.baseDelayMs[\s\S]*retry\.onUnknown[\s\S]*retry\.sometimes/)
})
