import { describe, expect, it } from 'vitest'
import { failover, FAILURES, Notifier, NotifyError, type FailureCode } from '../../src/index.ts'
import { FakeClock, fakeNotify, type FakeFailure } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const channels = () => ({ memory: new MemoryNotifier(), other: new MemoryNotifier() })
const ann = { to: 'ann@example.com' }

class Second extends MemoryNotifier {
  override readonly provider = 'second' as 'memory'
}

describe('a channel that is told to fail', () => {
  it.each<[FakeFailure, object, number]>([
    ['message', { code: 'CONTENT_REJECTED', scope: 'message', delivery: 'not_sent' }, 1],
    ['recipient', { code: 'RECIPIENT_REJECTED', scope: 'recipient', reason: 'invalid' }, 1],
    ['credentials', { code: 'UNAUTHORIZED', scope: 'credentials', delivery: 'not_sent' }, 1],
    ['quota', { code: 'RATE_LIMITED', scope: 'quota', delivery: 'not_sent' }, 3],
    ['provider', { code: 'UNAVAILABLE', scope: 'provider', delivery: 'not_sent' }, 3],
    ['network', { code: 'TIMED_OUT', scope: 'network', delivery: 'unknown' }, 1],
    ['unknown', { code: 'DRIVER_FAILED', scope: 'unknown', delivery: 'unknown' }, 1],
  ])('for %s fails as it typically does, after the tries it is worth', async (failure, error, tries) => {
    await using notify = fakeNotify({ channels: channels() })
    notify.failWith('memory', failure)

    const result = await notify.send('memory', ann)

    expect(result).toMatchObject({ status: 'failed', error })
    expect(result.attempts).toHaveLength(tries)
    expect(notify.sent()).toEqual([])
  })

  it.each(Object.keys(FAILURES) as FailureCode[])('may be told the code %s', async (code) => {
    await using notify = fakeNotify({ channels: channels(), retry: false })
    notify.failNext('memory', code)

    const result = await notify.send('memory', ann)

    expect(result.status === 'skipped' || result.status === 'failed').toBe(true)
    if (result.status === 'failed') {
      expect(result.error).toMatchObject({ code, delivery: FAILURES[code].delivery })
    }
  })

  it('may be told an error in all its details, recipients cut out as ever', async () => {
    await using notify = fakeNotify({ channels: channels() })
    const provider = { code: 'isv.BLACK_KEY_CONTROL_LIMIT', message: 'ann@example.com is blocked' }
    notify.failNext(
      'memory',
      new NotifyError('RECIPIENT_REJECTED', 'Blocked', { provider, reason: 'refused' }),
    )

    const result = await notify.send('memory', ann)

    const told = { code: provider.code, message: '[redacted] is blocked' }
    expect(result).toMatchObject({ status: 'failed', error: { reason: 'refused', provider: told } })
  })

  it('fails one try at a time, in the order told, and is tried again where that helps', async () => {
    await using notify = fakeNotify({ channels: channels() })
    notify.failNext('memory', 'provider')
    notify.failNext('memory', 'quota')

    const result = await notify.send('memory', ann)

    expect(result.status).toBe('sent')
    expect(result.attempts.map(({ error }) => error?.code)).toEqual([
      'UNAVAILABLE',
      'RATE_LIMITED',
      undefined,
    ])
    expect(notify.sent('memory')).toMatchObject([{ attempt: 3 }])
  })

  it('fails as often as told, and leaves the other channels alone', async () => {
    await using notify = fakeNotify({ channels: channels() })
    notify.failWith('memory', 'recipient', { times: 2 })

    const statuses: string[] = []
    for (const channel of ['memory', 'other', 'memory', 'memory'] as const) {
      statuses.push((await notify.send(channel, ann)).status)
    }

    expect(statuses).toEqual(['failed', 'sent', 'failed', 'sent'])
  })

  it('spends no failure on a message that production would refuse before', async () => {
    await using notify = fakeNotify({ channels: channels() })
    notify.failNext('memory', 'recipient')

    const invalid = await notify.send('memory', { to: '' })
    const valid = await notify.send('memory', ann)

    expect(invalid).toMatchObject({ error: { code: 'INVALID_MESSAGE' } })
    expect(valid).toMatchObject({ error: { code: 'RECIPIENT_REJECTED' } })
  })

  it('lets the next provider of the channel stand in', async () => {
    await using notify = fakeNotify({
      channels: { memory: failover(new MemoryNotifier(), new Second()) },
    })
    notify.failNext('memory', 'credentials')

    const result = await notify.send('memory', ann)

    expect(result).toMatchObject({ status: 'sent', provider: 'second' })
  })

  it('opens its circuit, which closes again as the clock goes on', async () => {
    const clock = new FakeClock()
    await using notify = fakeNotify({ channels: channels(), clock, retry: false })
    notify.failWith('memory', 'provider', { times: 5 })
    for (let count = 0; count < 5; count += 1) await notify.send('memory', ann)

    const refused = await notify.send('memory', ann)
    await clock.advance(10_000)
    const probed = await notify.send('memory', ann)

    expect(refused).toMatchObject({ error: { code: 'CIRCUIT_OPEN' }, attempts: [] })
    expect(probed.status).toBe('sent')
  })

  it('fails verify too while every try fails', async () => {
    await using notify = fakeNotify({ channels: channels() })
    notify.failWith('memory', 'network')
    notify.failNext('other', 'network')

    const verified = await notify.verify()

    const error = { code: 'TIMED_OUT', delivery: 'not_sent' }
    expect(verified).toMatchObject({ memory: { status: 'failed', error }, other: { status: 'ok' } })
  })

  it('waits between tries no longer than a test can bear, unless told to', async () => {
    const delays: number[] = []
    const retriesOf = async (retry?: { baseDelayMs: number }) => {
      const clock = new FakeClock()
      delays.length = 0
      const onEvent = (event: { type: string; delayMs?: number }) => {
        if (event.type === 'retry') delays.push(event.delayMs ?? 0)
      }
      const notify = fakeNotify({ channels: channels(), clock, hooks: { onEvent }, ...(retry && { retry }) })
      notify.failWith('memory', 'provider')
      const sending = notify.send('memory', ann)
      await clock.advance(20_000)
      await sending
      return Math.max(...delays)
    }

    expect(await retriesOf()).toBeLessThan(3)
    const longest = await Promise.all(Array.from({ length: 10 }, () => retriesOf({ baseDelayMs: 5_000 })))
    expect(Math.max(...longest)).toBeGreaterThan(3)
  })

  it('refuses what is no failure, and what is no number of times', () => {
    const notify = fakeNotify({ channels: channels() })

    expect(() => notify.failNext('memory', 'recipients' as never)).toThrow(
      'expected message, recipient, credentials, quota, provider, network, unknown, a failure code',
    )
    expect(() => notify.failWith('memory', 'recipient', { times: 0 })).toThrow(
      'times: expected a whole number',
    )
  })
})

it('stops where the caller gives up while the message is rendered, and keeps nothing', async () => {
  const abort = new AbortController()
  class Slow extends MemoryNotifier {
    override async render(): Promise<string> {
      abort.abort()
      return Promise.resolve('rendered')
    }
  }
  await using notify = fakeNotify({ channels: { slow: new Slow() } })

  const result = await notify.send('slow', ann, { signal: abort.signal })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
  expect(notify.sent()).toEqual([])
  expect(Notifier.isNotifier(notify)).toBe(false)
})
