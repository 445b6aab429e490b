import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError } from '../../src/index.ts'
import { FakeClock, findSecrets } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const never = () => new Promise<never>(() => undefined)

describe('send', () => {
  it('sends through the driver registered under the name, and says how', async () => {
    const memory = new MemoryNotifier()
    const notify = createNotify({ channels: { memory } })

    const result = await notify.send('memory', { to: 'someone' })

    expect(result).toMatchObject({
      status: 'sent',
      channel: 'memory',
      provider: 'memory',
      receipt: { at: 1 },
    })
    expect(result.attempts).toEqual([{ provider: 'memory', ms: expect.any(Number) as number }])
    expect(memory.sent).toEqual([{ to: 'someone', text: 'hello' }])
  })

  it.each(['emial', '', 'constructor', '__proto__', 'toString', undefined, null, 7])(
    'never succeeds on the channel %s, which is not registered',
    async (channel) => {
      const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

      const result = await notify.send(channel as 'memory', { to: 'someone' })

      expect(result).toMatchObject({
        status: 'failed',
        error: { code: 'UNKNOWN_CHANNEL', delivery: 'not_sent' },
      })
    },
  )

  it.each([undefined, null, {}, [], '', 0, { to: '' }])(
    'never succeeds with the empty message %j',
    async (message) => {
      const memory = new MemoryNotifier()
      const notify = createNotify({ channels: { memory } })

      const result = await notify.send('memory', message as { to: string })

      expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' }, attempts: [] })
      expect(memory.sent).toEqual([])
    },
  )

  it('names every wrong field, what was expected and what came', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    // @ts-expect-error the compiler says so first
    const result = await notify.send('memory', { to: 7, text: '', colour: 'red' })

    expect(result.status === 'failed' && result.error.issues).toEqual([
      { path: 'to', message: 'Invalid input: expected string, received number' },
      {
        path: 'text',
        message: 'Too small: expected string to have >=1 characters, received a string of 0 characters',
      },
      { path: '', message: 'Unrecognized key: "colour"' },
    ])
  })

  it('names every wrong option of the call', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })
    const options = { deadlineMs: -1, idempotencyKey: '', retries: 3 }

    const result = await notify.send('memory', { to: 'someone' }, options)

    expect(result.status === 'failed' && result.error.issues?.map(({ path }) => path)).toEqual([
      'options.deadlineMs',
      'options.idempotencyKey',
      'options.retries',
    ])
  })

  it('survives options that are not an object', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    const result = await notify.send('memory', { to: 'someone' }, null as unknown as object)

    expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE' } })
  })

  it('gives every delivery an id of its own, which the driver sees', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    const results = await Promise.all([1, 2].map(() => notify.send('memory', { to: 'someone' })))

    expect(new Set(results.map(({ id }) => id)).size).toBe(2)
    for (const result of results)
      expect(result.status === 'sent' && result.receipt.providerId).toBe(result.id)
  })

  it('does not let one channel’s failure touch another', async () => {
    const broken = new MemoryNotifier(() => Promise.reject(new Error('down')))
    const notify = createNotify({ channels: { broken, memory: new MemoryNotifier() } })

    const [first, second] = await Promise.all([
      notify.send('broken', { to: 'someone' }),
      notify.send('memory', { to: 'someone' }),
    ])

    expect([first.status, second.status]).toEqual(['failed', 'sent'])
  })

  it('never says sent when the driver gives no receipt', async () => {
    const forgetful = new MemoryNotifier(() => Promise.resolve(undefined as never))
    const notify = createNotify({ channels: { forgetful } })

    const result = await notify.send('forgetful', { to: 'someone' })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED', delivery: 'unknown' } })
  })

  it('survives a driver that cannot explain its failure', async () => {
    class Hopeless extends MemoryNotifier {
      protected override toError(): NotifyError {
        throw new Error('no idea')
      }
    }
    const notify = createNotify({ channels: { it: new Hopeless(() => Promise.reject(new Error('down'))) } })

    const result = await notify.send('it', { to: 'someone' })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED' } })
  })

  it('survives a driver that throws before it returns a promise', async () => {
    class Hasty extends MemoryNotifier {
      override send(): never {
        throw new TypeError('overridden')
      }
    }
    const notify = createNotify({ channels: { it: new Hasty() } })

    const result = await notify.send('it', { to: 'someone' })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED' } })
  })
})

describe('time', () => {
  it('ends at the attempt timeout a driver that hangs and ignores its signal', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new MemoryNotifier(never) }, clock, attemptTimeoutMs: 500 })

    const sending = notify.send('it', { to: 'someone' })
    await clock.advance(500)

    expect(await sending).toMatchObject({
      status: 'failed',
      error: { code: 'TIMED_OUT', delivery: 'unknown' },
      attempts: [{ ms: 500, error: { code: 'TIMED_OUT' } }],
    })
  })

  it('ends at the deadline even where one try may take longer', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new MemoryNotifier(never) }, clock })

    const sending = notify.send('it', { to: 'someone' }, { deadlineMs: 50 })
    await clock.advance(50)

    expect(await sending).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT' } })
  })

  it('believes a driver that says, when aborted, that nothing was sent', async () => {
    const clock = new FakeClock()
    const careful = new MemoryNotifier((_, { signal }) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new NotifyError('UNAVAILABLE', 'still connecting', { delivery: 'not_sent' }))
        })
      })
    })
    const notify = createNotify({ retry: false, channels: { careful }, clock, attemptTimeoutMs: 5 })

    const sending = notify.send('careful', { to: 'someone' })
    await clock.advance(5)

    expect(await sending).toMatchObject({
      error: { code: 'TIMED_OUT', delivery: 'not_sent', retryable: true },
    })
  })

  it('says sent when the provider’s yes arrives in the very turn of the abort', async () => {
    const clock = new FakeClock()
    const late = new MemoryNotifier((_, { signal, id }) => {
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ providerId: id, at: 2 }))
      })
    })
    const notify = createNotify({ channels: { late }, clock, attemptTimeoutMs: 5 })

    const sending = notify.send('late', { to: 'someone' })
    await clock.advance(5)

    expect(await sending).toMatchObject({ status: 'sent', receipt: { at: 2 } })
  })

  it('listens once to a signal that many sends share, and not at all when they are done', async () => {
    const abort = new AbortController()
    const hanging = new MemoryNotifier(never)
    const notify = createNotify({ channels: { hanging } })

    const sending = Array.from({ length: 30 }, () =>
      notify.send('hanging', { to: 'a' }, { signal: abort.signal }),
    )
    const listeners = getEventListeners(abort.signal, 'abort').length
    abort.abort()
    const results = await Promise.all(sending)

    expect(listeners).toBe(1)
    expect(results.every(({ status }) => status === 'failed')).toBe(true)
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })

  it('aborts when the caller does, and does not even start when the caller already has', async () => {
    const abort = new AbortController()
    const hanging = new MemoryNotifier(never)
    const notify = createNotify({ channels: { hanging } })

    const sending = notify.send('hanging', { to: 'someone' }, { signal: abort.signal })
    abort.abort()

    expect(await sending).toMatchObject({ error: { code: 'ABORTED', delivery: 'unknown' } })
    const again = await notify.send('hanging', { to: 'someone' }, { signal: abort.signal })
    expect(again).toMatchObject({ error: { code: 'ABORTED', delivery: 'not_sent' }, attempts: [] })
  })
})

describe('debug mode', () => {
  it('throws, with the driver’s own exception and its stack as the cause', async () => {
    class ProviderError extends TypeError {
      readonly code = 'E_PROVIDER'
    }
    const broken = new MemoryNotifier(() => Promise.reject(new ProviderError('provider said no')))
    const notify = createNotify({ channels: { broken }, debug: true })

    const thrown = await notify.send('broken', { to: 'someone' }).catch((error: unknown) => error)

    expect(NotifyError.isNotifyError(thrown)).toBe(true)
    const { cause } = thrown as NotifyError
    expect(cause).toBeInstanceOf(ProviderError)
    expect(cause).toMatchObject({ message: 'provider said no', code: 'E_PROVIDER' })
    expect((cause as Error).stack).toContain('notify.test.ts')
  })

  it.each(['nosuch', 'memory'])('throws for %s, wrong before any driver is asked', async (channel) => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() }, debug: true })

    await expect(notify.send(channel as 'memory', {} as { to: string })).rejects.toThrow(NotifyError)
  })

  it('cuts secrets and recipients out of the cause, whatever the driver threw', async () => {
    const leaky = Object.assign(new Error('POST /?key=TOP-SECRET-KEY&to=bob%40example.com failed'), {
      config: { headers: { authorization: 'TOP-SECRET-KEY' } },
      cause: new AggregateError([new Error('bob@example.com unknown')], 'TOP-SECRET-KEY'),
    })
    const notify = createNotify({
      channels: { it: new MemoryNotifier(() => Promise.reject(leaky)) },
      debug: true,
    })

    const thrown = await notify.send('it', { to: 'bob@example.com' }).catch((error: unknown) => error)

    expect(findSecrets(leaky, ['TOP-SECRET-KEY', 'bob@example.com'])).toHaveLength(2)
    expect(findSecrets(thrown, ['TOP-SECRET-KEY', 'bob@example.com'])).toEqual([])
    expect((thrown as NotifyError).cause).toMatchObject({
      message: 'POST /?key=[redacted]&to=[redacted] failed',
    })
  })
})
