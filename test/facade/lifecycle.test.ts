import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const never = () => new Promise<never>(() => undefined)

describe('verify', () => {
  it('says per channel what is wrong, and what cannot be checked', async () => {
    class Checked extends MemoryNotifier {
      protected override check(): Promise<void> {
        return Promise.resolve()
      }
    }
    class Refused extends MemoryNotifier {
      protected override check(): Promise<void> {
        return Promise.reject(new NotifyError('UNAUTHORIZED', 'key TOP-SECRET-KEY is wrong'))
      }
    }
    const notify = createNotify({
      channels: { good: new Checked(), bad: new Refused(), mute: new MemoryNotifier() },
      debug: true,
    })

    const verified = await notify.verify()

    expect(verified).toMatchObject({
      good: { status: 'ok', provider: 'memory' },
      bad: { status: 'failed', error: { code: 'UNAUTHORIZED', message: 'key [redacted] is wrong' } },
      mute: { status: 'unchecked' },
    })
  })

  it('ends where a provider hangs', async () => {
    class Hanging extends MemoryNotifier {
      protected override check(): Promise<void> {
        return never()
      }
    }
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new Hanging() }, clock })

    const verifying = notify.verify({ timeoutMs: 100 })
    await clock.advance(100)

    expect(await verifying).toMatchObject({ it: { status: 'failed', error: { code: 'TIMED_OUT' } } })
  })
})

describe('close', () => {
  it('waits for sends in flight, closes every driver once, and refuses new ones', async () => {
    let accept: () => void = () => undefined
    const slow = new MemoryNotifier((_, { id }) => {
      return new Promise((resolve) => {
        accept = () => resolve({ providerId: id, at: 3 })
      })
    })
    const notify = createNotify({ channels: { slow, alias: slow } })

    const sending = notify.send('slow', { to: 'someone' })
    const closing = Promise.all([notify.close(), notify.close()])
    const refused = await notify.send('slow', { to: 'someone' })
    expect(slow.closed).toEqual([])
    accept()
    await closing

    expect(await sending).toMatchObject({ status: 'sent' })
    expect(refused).toMatchObject({ error: { code: 'CLOSED', delivery: 'not_sent' } })
    expect(slow.closed).toHaveLength(1)
  })

  it('gives up what is still in flight after the drain time', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new MemoryNotifier(never) }, clock })

    const sending = notify.send('it', { to: 'someone' })
    const closing = notify.close({ drainMs: 1000 })
    await clock.advance(1000)

    expect(await sending).toMatchObject({ error: { code: 'CLOSED', delivery: 'unknown' } })
    await expect(closing).resolves.toBeUndefined()
  })

  it('gives up a check of credentials that hangs', async () => {
    class Hanging extends MemoryNotifier {
      protected override check(): Promise<void> {
        return never()
      }
    }
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new Hanging() }, clock })

    const verifying = notify.verify({ timeoutMs: 1_000_000 })
    const closing = notify.close({ drainMs: 1000 })
    await clock.advance(1000)

    expect(await verifying).toMatchObject({ it: { status: 'failed', error: { code: 'CLOSED' } } })
    await expect(closing).resolves.toBeUndefined()
  })

  it('reports a driver that does not close, after closing the others', async () => {
    const stuck = new MemoryNotifier()
    stuck.close = () => Promise.reject(new Error('port is stuck'))
    const good = new MemoryNotifier()
    const notify = createNotify({ channels: { stuck, good } })

    await expect(notify.close()).rejects.toMatchObject({ code: 'DRIVER_FAILED' })
    expect(good.closed).toHaveLength(1)
  })
})
