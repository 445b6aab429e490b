import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError, type LimitStore } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { after } from './carrier.ts'

const AWAY = { delivery: 'not_sent' } as const

function away() {
  return new MemoryNotifier(() => Promise.reject(new NotifyError('UNAVAILABLE', 'away', AWAY)))
}

describe('a message with expiresAt', () => {
  it.each([
    ['a Date', (ms: number) => new Date(ms)],
    ['epoch milliseconds', (ms: number) => ms],
  ])('is skipped when that has passed already (%s)', async (_, at) => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory }, clock })

    const result = await notify.send('memory', { to: 'a' }, { expiresAt: at(clock.now() - 1) })

    expect(result).toMatchObject({ status: 'skipped', reason: 'expired', attempts: [] })
    expect(memory.sent).toEqual([])
  })

  it('is sent while there is time', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, clock })

    const result = await notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 1 })

    expect(result.status).toBe('sent')
    expect(clock.pending).toBeLessThanOrEqual(2)
  })

  it('is skipped as soon as it is clear that it expires before its turn', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    const limits = { providers: { memory: { account: { limit: 1, perMs: 2_000 } } } }
    const notify = createNotify({ channels: { memory }, clock, limits })
    const ahead = [notify.send('memory', { to: 'a' }), notify.send('memory', { to: 'b' })]

    const late = notify.send('memory', { to: 'c' }, { expiresAt: clock.now() + 2_500 })
    await clock.advance(2_500)

    expect(await late).toMatchObject({ status: 'skipped', reason: 'expired' })
    expect(await Promise.all(ahead)).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
  })

  it('is not tried again when the wait would last too long; the failure at hand is told', async () => {
    const clock = new FakeClock()
    const error = new NotifyError('RATE_LIMITED', 'later', { retryAfterMs: 5_000 })
    const memory = new MemoryNotifier(() => Promise.reject(error))
    const notify = createNotify({ channels: { memory }, clock })

    const result = await notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 5_000 })

    expect(result).toMatchObject({ status: 'failed', attempts: [{}], error: { code: 'RATE_LIMITED' } })
  })

  it('that was tried before it expired is failed, not skipped', async () => {
    const clock = new FakeClock()
    const limits = { providers: { memory: { account: { limit: 1, perMs: 2_000 } } } }
    const notify = createNotify({ channels: { memory: away() }, clock, limits })

    const sending = notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 1_000 })
    await clock.advance(1_000)

    expect(await sending).toMatchObject({ status: 'failed', attempts: [{ error: { code: 'UNAVAILABLE' } }] })
  })

  it('may end a try that had begun', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier(async (_, { id }) => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 3_000))
      return { providerId: id, at: 1 }
    })
    const notify = createNotify({ channels: { memory }, clock })

    const sending = notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 1_000 })
    await clock.advance(3_000)

    expect((await sending).status).toBe('sent')
  })

  it.each([
    ['back', -86_400_000, { status: 'sent' }],
    ['forward', 86_400_000, { status: 'skipped', reason: 'expired' }],
  ])('goes by the wall clock, also where that is set %s meanwhile', async (_, jumpMs, end) => {
    const clock = new FakeClock()
    const store: LimitStore = {
      take: () => after(clock, 900).then(() => ({ ticket: '1' })),
      giveBack: () => undefined,
      pause: () => undefined,
    }
    const limits = { store, providers: { memory: { account: { limit: 1, perMs: 1_000 } } } }
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory }, clock, limits })
    const sending = notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 500 })

    clock.jump(jumpMs)
    await clock.advance(900)

    expect(await sending).toMatchObject(end)
  })

  it('is not tried again once the wall clock says that it has expired', async () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier(() => Promise.reject(new NotifyError('UNAVAILABLE', 'away', AWAY)))
    const notify = createNotify({ channels: { memory }, clock, retry: { tries: 2, baseDelayMs: 100 } })
    const sending = notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 5_000 })
    await clock.advance(0)

    clock.jump(3_600_000)
    await clock.advance(100)

    expect(await sending).toMatchObject({
      attempts: [{ error: { code: 'UNAVAILABLE' } }],
      error: { code: 'EXPIRED', delivery: 'not_sent' },
    })
  })

  it('refuses what is no moment', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    const result = await notify.send('memory', { to: 'a' }, { expiresAt: new Date('soon') })

    expect(result).toMatchObject({
      error: { code: 'INVALID_MESSAGE', issues: [{ path: 'options.expiresAt' }] },
    })
  })
})

describe('of several tries', () => {
  it('one with an unknown outcome keeps the whole unknown, whatever the last one says', async () => {
    const clock = new FakeClock()
    const failures = [new NotifyError('TIMED_OUT', 'silence'), new NotifyError('CONTENT_REJECTED', 'no')]
    const memory = new MemoryNotifier(() => Promise.reject(failures.shift() ?? new Error('too many')))
    const notify = createNotify({ channels: { memory }, clock, retry: { onUnknown: 'retry' } })

    const sending = notify.send('memory', { to: 'a' })
    await clock.advance(1_000)

    expect(await sending).toMatchObject({
      status: 'failed',
      error: { code: 'CONTENT_REJECTED', delivery: 'unknown' },
    })
  })

  it('one with an unknown outcome is repeated where the provider makes one message of both', async () => {
    const clock = new FakeClock()
    const failures = [new NotifyError('TIMED_OUT', 'silence')]
    class Deduplicating extends MemoryNotifier {
      override readonly deduplicates = true
    }
    const memory = new Deduplicating((_, { id }) => {
      const failure = failures.shift()
      return failure ? Promise.reject(failure) : Promise.resolve({ providerId: id, at: 1 })
    })
    const notify = createNotify({ channels: { memory }, clock })

    const sending = notify.send('memory', { to: 'a' })
    await clock.advance(1_000)

    expect(await sending).toMatchObject({ status: 'sent', attempts: [{ error: { code: 'TIMED_OUT' } }, {}] })
  })
})
