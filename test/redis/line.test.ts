/** How long a store waits for its client, shown on a client of the user's own making. */
import { describe, expect, it } from 'vitest'
import { redisIdempotency, redisLimits, redisSuppressions, type IoredisLike } from '../../src/redis/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

const RATES = [{ limit: 1, perMs: 1_000 }]
const CLAIM = { id: 'one', fingerprint: 'print', ttlMs: 60_000, leaseMs: 10_000 }
const PLACE = [1, '7']

interface Asked {
  readonly args: readonly unknown[]
  readonly answer: (reply: unknown) => void
  readonly fail: (cause: Error) => void
}

/** Answers when the test says so. */
class SlowClient implements IoredisLike {
  status = 'ready'
  readonly asked: Asked[] = []

  evalsha(...args: readonly unknown[]): Promise<unknown> {
    return new Promise((answer, fail) => void this.asked.push({ args, answer, fail }))
  }

  eval(...args: readonly unknown[]): Promise<unknown> {
    return this.evalsha(...args)
  }
}

function setUp() {
  const client = new SlowClient()
  const clock = new FakeClock()
  const ended: string[] = []
  const note = (work: unknown) =>
    void Promise.resolve(work).then(
      () => ended.push('answered'),
      (cause: Error) => ended.push(cause.message),
    )
  return { client, clock, ended, note, limits: redisLimits(client, { clock, timeoutMs: 500 }) }
}

describe('a client that does not answer', () => {
  it('is waited for as long as it may take, and not longer', async () => {
    const { limits, clock, ended, note } = setUp()
    note(limits.take('a', RATES))

    await clock.advance(499)
    const before = [...ended]
    await clock.advance(1)

    expect([before, ended]).toEqual([[], ['Redis did not answer within 500 ms']])
  })

  it('is left alone for a while, and then asked again', async () => {
    const { client, limits, clock, ended, note } = setUp()
    note(limits.take('a', RATES))
    await clock.advance(500)
    note(limits.take('a', RATES))
    await clock.advance(499)
    note(limits.take('a', RATES))
    await clock.advance(1)
    note(limits.take('a', RATES))
    await clock.advance(0)

    expect(client.asked).toHaveLength(2)
    expect(ended.slice(1)).toEqual(Array(2).fill('Redis has not answered a moment ago'))
  })

  it('is asked again at once when it answers after all', async () => {
    const { client, limits, clock, ended, note } = setUp()
    note(limits.take('a', RATES))
    await clock.advance(500)
    client.asked[0]?.answer(PLACE)
    await clock.advance(0)

    note(limits.take('a', RATES))
    client.asked[1]?.answer(PLACE)
    await clock.advance(0)

    expect(ended).toEqual(['Redis did not answer within 500 ms', 'answered'])
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['a word', 'OK'],
    ['nothing', null],
  ])('that answers a take with %s counts as one that failed', async (_, reply) => {
    const { client, limits, clock, ended, note } = setUp()
    note(limits.take('a', RATES))
    client.asked[0]?.answer(reply)

    await clock.advance(0)

    expect(ended).toEqual(['Redis answered what cannot be read'])
  })
})

describe('a client without a connection', () => {
  it('is not asked where it had one before', async () => {
    const { client, limits, clock, ended, note } = setUp()
    note(limits.take('a', RATES))
    client.asked[0]?.answer(PLACE)
    client.status = 'reconnecting'
    note(limits.take('a', RATES))
    await clock.advance(0)

    expect(client.asked).toHaveLength(1)
    expect(ended).toEqual(['Redis is not connected', 'answered'])
  })

  it('is asked where it is only just connecting, but not again when its time was up', async () => {
    const { client, limits, clock, ended, note } = setUp()
    client.status = 'connecting'
    note(limits.take('a', RATES))
    await clock.advance(500)
    note(limits.take('a', RATES))
    await clock.advance(0)

    expect(client.asked).toHaveLength(1)
    expect(ended).toEqual(['Redis did not answer within 500 ms', 'Redis has not answered a moment ago'])
  })
})

describe('an error of the client', () => {
  it('is told without the command that hangs on it', async () => {
    const { client, clock } = setUp()
    const suppressions = redisSuppressions(client, { clock })
    const finding = Promise.resolve(suppressions.find('email', 'ann@example.com'))
    const cause = Object.assign(new Error('OOM command not allowed'), {
      command: { args: ['ann@example.com'] },
    })
    client.asked[0]?.fail(cause)

    const error = await finding.catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({
      ...{ code: 'UNAVAILABLE', scope: 'network', delivery: 'not_sent' },
      ...{ message: 'Redis failed: OOM command not allowed', cause: { message: cause.message } },
    })
    expect((error as Error).cause).not.toHaveProperty('command')
  })

  it.each(['UNKNOWN', 'ERR NOSCRIPT'])(
    'is not taken for a script that Redis has forgotten: %s',
    async (text) => {
      const { client, limits, clock, note } = setUp()
      note(limits.take('a', RATES))
      client.asked[0]?.fail(new Error(text))
      await clock.advance(0)

      expect(client.asked).toHaveLength(1)
    },
  )
})

describe('a claim whose answer was lost', () => {
  const isRelease = ({ args }: Asked, claim: Asked | undefined) => args[0] !== claim?.args[0]

  it('is taken back until Redis has heard of it, or its lease is over', async () => {
    const { client, clock, note } = setUp()
    const keys = redisIdempotency(client, { clock })
    note(keys.claim('key', CLAIM))
    const [claim] = client.asked
    claim?.fail(new Error('Connection is closed'))
    await clock.advance(0)
    client.asked[1]?.fail(new Error('Connection is closed'))
    await clock.advance(999)
    const early = client.asked.length
    await clock.advance(1)
    client.asked[2]?.answer(null)
    await clock.advance(60_000)

    expect([early, client.asked.length]).toEqual([2, 3])
    expect(client.asked.slice(1).every((asked) => isRelease(asked, claim))).toBe(true)
    expect(client.asked[1]?.args.slice(1)).toEqual([1, claim?.args[2], 'one'])
  })

  it('is taken back after it has come through, however late that is', async () => {
    const { client, clock, ended, note } = setUp()
    const keys = redisIdempotency(client, { clock })
    note(keys.claim('key', CLAIM))
    await clock.advance(60_000)
    const early = client.asked.length

    client.asked[0]?.answer(null)
    await clock.advance(0)

    expect(ended).toEqual(['Redis did not answer within 1000 ms'])
    expect([early, client.asked.length]).toEqual([1, 2])
  })

  it('is left to its lease where Redis stays away', async () => {
    const { client, clock, note } = setUp()
    const keys = redisIdempotency(client, { clock })
    note(keys.claim('key', CLAIM))
    client.asked[0]?.fail(new Error('Connection is closed'))
    client.status = 'reconnecting'

    await clock.advance(60_000)

    expect([client.asked.length, clock.pending]).toEqual([1, 0])
  })

  it('is not taken back where Redis was never asked', async () => {
    const { client, clock, ended, note } = setUp()
    const keys = redisIdempotency(client, { clock })
    note(keys.claim('key', CLAIM))
    client.asked[0]?.answer(null)
    client.status = 'close'
    note(keys.claim('other', CLAIM))

    await clock.advance(60_000)

    expect([client.asked.length, clock.pending]).toEqual([1, 0])
    expect(ended).toEqual(['Redis is not connected', 'answered'])
  })
})
