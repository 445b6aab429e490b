/** Whatever a driver, a schema or a caller does, a send settles, says the truth and shows no secret. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createNotify, Notifier, NotifyError, type StandardSchema } from '../../src/index.ts'
import { FakeClock, findSecrets } from '../../src/testing/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const down = () => Promise.reject(new Error('down for bob@example.com'))
const never = () => new Promise<never>(() => undefined)

class Schemed extends Notifier<{ to: string }> {
  readonly provider = 'schemed'
  protected readonly schema: StandardSchema<{ to: string }>

  constructor(schema: StandardSchema<{ to: string }>) {
    super()
    this.schema = schema
  }

  protected deliver() {
    return Promise.resolve({ providerId: '1' })
  }

  protected toError(cause: unknown) {
    return new NotifyError('DRIVER_FAILED', 'failed', { cause })
  }
}

describe('a driver', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no secrets today')
      },
    ],
    ['lists what is no string', () => [undefined, null, 7] as never],
    ['is no list', () => 7 as never],
  ])('whose secrets %s does not leave the send hanging', async (_, secrets) => {
    class Broken extends MemoryNotifier {
      protected override secrets(): string[] {
        return secrets()
      }
    }
    const notify = createNotify({ channels: { it: new Broken(down) } })

    const result = await notify.send('it', { to: 'bob@example.com' })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED', delivery: 'unknown' } })
  })

  it('whose secrets throw is ended at its timeout all the same', async () => {
    class Broken extends MemoryNotifier {
      protected override secrets(): string[] {
        throw new Error('no secrets today')
      }
    }
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new Broken(never) }, clock })

    const sending = notify.send('it', { to: 'bob@example.com' })
    await clock.advance(30_000)

    expect(await sending).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT' } })
  })

  it.each([undefined, null, 'text', new Error('not ours')])(
    'whose toError gives %s is explained for',
    async (told) => {
      class Broken extends MemoryNotifier {
        protected override toError(): NotifyError {
          return told as never
        }
      }
      const notify = createNotify({ channels: { it: new Broken(down) } })

      const result = await notify.send('it', { to: 'bob@example.com' })

      expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED' } })
      expect(findSecrets(result, ['bob@example.com'])).toEqual([])
    },
  )

  it('may name a secret as long as a book', async () => {
    const book = '书'.repeat(100_000)
    class Bookish extends MemoryNotifier {
      protected override secrets(): string[] {
        return [book, 'bob@example.com']
      }
    }
    const notify = createNotify({
      channels: { it: new Bookish(() => Promise.reject(new Error(`in ${book}`))) },
    })

    const result = await notify.send('it', { to: 'bob@example.com' })

    expect(findSecrets(result, [book])).toEqual([])
  })

  it('whose close throws, rejects or hangs does not keep the others from closing, and shows no secret', async () => {
    const clock = new FakeClock()
    const [thrower, rejecter, hanger, good] = Array.from({ length: 4 }, () => new MemoryNotifier()) as [
      MemoryNotifier,
      MemoryNotifier,
      MemoryNotifier,
      MemoryNotifier,
    ]
    thrower.close = () => {
      throw new Error('TOP-SECRET-KEY')
    }
    rejecter.close = () => Promise.reject(new Error('TOP-SECRET-KEY'))
    hanger.close = never
    const notify = createNotify({ channels: { thrower, rejecter, hanger, good }, clock })

    const closing = notify.close().catch((error: unknown) => error)
    await clock.advance(10_000)
    const failure = await closing

    expect(failure).toMatchObject({ code: 'DRIVER_FAILED', message: 'A driver did not close' })
    expect((failure as { cause: AggregateError }).cause.errors).toHaveLength(3)
    expect(findSecrets(failure, ['TOP-SECRET-KEY'])).toEqual([])
    expect(good.closed).toHaveLength(1)
  })
})

describe('a schema', () => {
  it.each([
    [
      'throws',
      {
        '~standard': {
          version: 1,
          vendor: 'x',
          validate: () => {
            throw new Error('bad bob@example.com')
          },
        },
      },
    ],
    ['is asynchronous', z.object({ to: z.string().refine(() => Promise.resolve(true)) })],
    [
      'has a check that throws',
      z.object({
        to: z.string().refine(() => {
          throw new Error('bad bob@example.com')
        }),
      }),
    ],
  ])('that %s fails the send, unsent, without an address', async (_, schema) => {
    const notify = createNotify({ channels: { it: new Schemed(schema as StandardSchema<{ to: string }>) } })

    const result = await notify.send('it', { to: 'bob@example.com' })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED', delivery: 'not_sent' } })
    expect(findSecrets(result, ['bob@example.com'])).toEqual([])
  })

  it('still names the wrong field of a message with a large body', async () => {
    const schema = z.strictObject({ to: z.string(), html: z.string() })
    const notify = createNotify({
      channels: { it: new Schemed(schema as unknown as StandardSchema<{ to: string }>) },
    })
    const message = { to: 'bob@example.com', html: `<p>${'4711 '.repeat(200_000)}</p>`, subjct: 'x' }

    const result = await notify.send('it', message)

    expect(result).toMatchObject({
      error: { code: 'INVALID_MESSAGE', issues: [{ path: '', message: 'Unrecognized key: "subjct"' }] },
    })
  })

  it('never quotes a number, a short word or an address that came as a key', async () => {
    const quoting: StandardSchema<{ to: string }> = {
      '~standard': {
        version: 1,
        vendor: 'quoting',
        validate: (value) => ({
          issues: [{ message: `"${(value as { to: string }).to}" is bad`, path: ['to'] }],
        }),
      },
    }
    const strict = z.strictObject({ to: z.string() })
    const notify = createNotify({ channels: { quoting: new Schemed(quoting), strict: new Schemed(strict) } })

    const results = [
      await notify.send('quoting', { to: '4711' }),
      await notify.send('quoting', { to: 'hunter' }),
      await notify.send('strict', { to: 8342719, 'ann@example.com': 1 } as never),
    ]

    for (const result of results) {
      expect(findSecrets(result, ['4711', 'hunter', '8342719', 'ann@example.com'])).toEqual([])
    }
  })
})

describe('a caller', () => {
  it('whose options throw when read gets a result', async () => {
    const options = {
      get deadlineMs(): number {
        throw new Error('gotcha')
      },
    }
    const notify = createNotify({ channels: { it: new MemoryNotifier() } })

    const result = await notify.send('it', { to: 'bob' }, options)

    expect(result).toMatchObject({ status: 'failed', error: { code: 'DRIVER_FAILED', delivery: 'not_sent' } })
  })

  it('cannot smuggle options in by inheritance, nor change them later', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new MemoryNotifier(never) }, clock })

    const sending = notify.send('it', { to: 'bob' }, Object.create({ deadlineMs: Number.NaN }) as object)
    await clock.advance(60_000)

    expect(await sending).toMatchObject({ error: { code: 'TIMED_OUT' } })
  })

  it.each([Number.POSITIVE_INFINITY, Number.NaN, -1, '5'])(
    'cannot drain or verify for %s milliseconds',
    async (ms) => {
      const notify = createNotify({ channels: { it: new MemoryNotifier() } })

      await expect(notify.close({ drainMs: ms as number })).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
      await expect(notify.verify({ timeoutMs: ms as number })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
      })
      await expect(notify.close({ drainMs: 0 })).resolves.toBeUndefined()
    },
  )

  it('that verifies after closing is told so', async () => {
    const notify = createNotify({ channels: { it: new MemoryNotifier() } })
    await notify.close()

    expect(await notify.verify()).toMatchObject({ it: { status: 'failed', error: { code: 'CLOSED' } } })
  })

  it('that aborts a hanging send finds its own reason in the error', async () => {
    const abort = new AbortController()
    const notify = createNotify({ channels: { it: new MemoryNotifier(never) } })

    const sending = notify.send('it', { to: 'bob' }, { signal: abort.signal })
    abort.abort(new Error('user left'))

    expect(await sending).toMatchObject({
      error: {
        code: 'ABORTED',
        message: 'memory: The caller aborted the send',
        cause: { message: 'user left' },
      },
    })
  })

  it('is left with no timer after close, however many different deadlines were used', async () => {
    const clock = new FakeClock()
    const notify = createNotify({ channels: { it: new MemoryNotifier() }, clock })
    for (let i = 1; i <= 40; i += 1) await notify.send('it', { to: 'bob' }, { deadlineMs: 1000 + i })

    await notify.close()

    expect(clock.pending).toBe(0)
  })
})

it('reports a failing check as not sent: nothing was to be sent', async () => {
  class Unreachable extends MemoryNotifier {
    protected override check(): Promise<void> {
      throw new NotifyError('UNAVAILABLE', 'no route')
    }
  }
  const notify = createNotify({ channels: { it: new Unreachable() } })

  expect(await notify.verify()).toMatchObject({
    it: { error: { code: 'UNAVAILABLE', delivery: 'not_sent' } },
  })
})
