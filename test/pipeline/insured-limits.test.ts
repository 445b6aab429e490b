/** A shared store of limits that does not answer as it should holds nobody up, and takes no place from anybody. */
import { describe, expect, it } from 'vitest'
import { createNotify, type LimitStore, type Place } from '../../src/index.ts'
import { InsuredLimits } from '../../src/pipeline/insured-limits.ts'
import { MemoryLimits } from '../../src/pipeline/memory-limits.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { after, Carrier, inTurn, accept, never, outcomeOf, refuse } from './carrier.ts'
import { warningsDuring } from './warnings.ts'

const RATES = [{ limit: 1, perMs: 60_000 }]
const fine = () => Promise.resolve()

/** A store that answers every question for a place so. */
const answering = (take: () => unknown): LimitStore => ({ take: take as never, giveBack: fine, pause: fine })

describe('a shared store of limits', () => {
  it.each<readonly [string, () => unknown]>([
    ['never answers', never],
    ['answers with nothing', () => Promise.resolve(undefined)],
    ['answers with an empty object', () => Promise.resolve({})],
    ['answers with a wait that is no number', () => Promise.resolve({ waitMs: NaN })],
    ['answers with a wait below 0', () => Promise.resolve({ waitMs: -1 })],
    ['answers with a ticket that is no text', () => Promise.resolve({ ticket: 7 })],
    ['rejects', () => Promise.reject(new Error('away'))],
    [
      'throws at once',
      () => {
        throw new Error('away')
      },
    ],
  ])('that %s is stood in for by this process’s own count after a second at most', async (_, take) => {
    const clock = new FakeClock()
    const limits = new InsuredLimits({ shared: answering(take), own: new MemoryLimits(clock), clock })
    let places: Place[] = []

    const warnings = await warningsDuring(async () => {
      const asking = [limits.take('key', RATES), limits.take('key', RATES)]
      await clock.advance(1_000)
      places = await Promise.all(asking)
    })

    expect(places).toEqual([{ ticket: expect.any(String) as string }, { waitMs: 60_000 }])
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('this process counts for itself meanwhile'),
    ])
  })

  it('is warned of again where it failed, came back and failed again', async () => {
    const clock = new FakeClock()
    let isUp = false
    const take = () => (isUp ? Promise.resolve({ ticket: '1' }) : Promise.reject(new Error('away')))
    const limits = new InsuredLimits({ shared: answering(take), own: new MemoryLimits(clock), clock })

    const warnings = await warningsDuring(async () => {
      for (const up of [false, true, false, false]) {
        isUp = up
        await limits.take('key', RATES)
      }
    })

    expect(warnings).toHaveLength(2)
  })

  it('gets a place back that it gave too late', async () => {
    const clock = new FakeClock()
    const returned: string[] = []
    const shared: LimitStore = {
      take: () => after(clock, 5_000).then(() => ({ ticket: 'late' })),
      giveBack: (key, ticket) => void returned.push(`${key} ${ticket}`),
      pause: fine,
    }
    const limits = new InsuredLimits({ shared, own: new MemoryLimits(clock), clock })

    const asking = limits.take('key', RATES)
    await clock.advance(4_999)
    const before = [...returned]
    await clock.advance(1)

    expect(await asking).toHaveProperty('ticket')
    expect([before, returned]).toEqual([[], ['key late']])
  })

  it('gets back no place that this process counted for itself', async () => {
    const clock = new FakeClock()
    const returned: string[] = []
    const shared: LimitStore = {
      take: () => Promise.reject(new Error('away')),
      giveBack: (_, ticket) => void returned.push(ticket),
      pause: fine,
    }
    const limits = new InsuredLimits({ shared, own: new MemoryLimits(clock), clock })
    const place = (await limits.take('key', RATES)) as { ticket: string }

    await limits.giveBack('key', place.ticket)

    expect(returned).toEqual([])
    expect(await limits.take('key', RATES)).toHaveProperty('ticket')
  })

  it('leaves no timer behind when it has answered', async () => {
    const clock = new FakeClock()
    const shared = answering(() => Promise.resolve({ ticket: '1' }))
    const limits = new InsuredLimits({ shared, own: new MemoryLimits(clock), clock })

    await limits.take('key', RATES)

    expect(clock.pending).toBe(0)
  })
})

describe('a line of sends', () => {
  const rate = { limit: 1, perMs: 100 }

  /** Gives the first a place, makes the second wait, and answers the third question so; then it is fine. */
  function once(odd: () => unknown): LimitStore {
    let asked = 0
    return answering(() => {
      asked += 1
      if (asked === 2) return Promise.resolve({ waitMs: 100 })
      return asked === 3 ? odd() : Promise.resolve({ ticket: String(asked) })
    })
  }

  it.each<readonly [string, () => unknown]>([
    ['gets lost', never],
    ['is nothing', () => Promise.resolve(undefined)],
    ['is an exception', () => Promise.reject(new Error('away'))],
  ])('goes on where one answer of the shared store %s', async (_, odd) => {
    const clock = new FakeClock()
    const limits = { store: once(odd), providers: { memory: { account: rate } } }
    const notify = createNotify({ channels: { memory: new Carrier() }, clock, limits })
    const outcomes: string[] = []

    await warningsDuring(async () => {
      for (const to of ['a', 'b', 'c', 'd']) {
        void notify.send('memory', { to }).then((result) => outcomes.push(outcomeOf(result)))
        await clock.advance(1_200)
      }
    })

    expect(outcomes).toEqual(['sent', 'sent', 'sent', 'sent'])
  })

  it('does not ask a store again and again in one turn that names no time to wait', async () => {
    const clock = new FakeClock()
    let asked = 0
    const store = answering(() => {
      asked += 1
      // Far beyond what is expected, so that the test ends whatever happens.
      return Promise.resolve(asked === 1 || asked > 10_000 ? { ticket: '1' } : { waitMs: 0 })
    })
    const limits = { store, providers: { memory: { account: rate } } }
    const notify = createNotify({ channels: { memory: new Carrier() }, clock, limits })
    void notify.send('memory', { to: 'a' })
    void notify.send('memory', { to: 'b' })

    await clock.advance(50)

    expect(asked).toBeGreaterThan(10)
    expect(asked).toBeLessThan(60)
  })

  it('leaves the provider alone as it asked to be, though the shared store did not hear of it', async () => {
    const clock = new FakeClock()
    let tickets = 0
    const store: LimitStore = {
      take: () => Promise.resolve({ ticket: String((tickets += 1)) }),
      giveBack: fine,
      pause: () => Promise.reject(new Error('away')),
    }
    const limits = { store, providers: { memory: { account: { limit: 100, perMs: 1_000 } } } }
    const memory = new Carrier(inTurn(refuse('RATE_LIMITED', { retryAfterMs: 30_000 }), accept))
    const notify = createNotify({ channels: { memory }, clock, retry: false, limits })
    await warningsDuring(() => notify.send('memory', { to: 'a' }))

    void notify.send('memory', { to: 'b' })
    await clock.advance(29_999)
    const asked = memory.asked
    await clock.advance(1)

    expect([asked, memory.asked]).toEqual([1, 2])
  })
})

it('a store that hangs holds up one send for a second, not each in turn', async () => {
  const clock = new FakeClock()
  const hanging = () => new Promise<never>(() => undefined)
  const memory = new Carrier()
  const limits = {
    store: { take: hanging, giveBack: hanging, pause: hanging },
    providers: { memory: { account: { limit: 10, perMs: 1_000 } } },
  }
  const notify = createNotify({ channels: { memory }, clock, limits })

  const sending = Array.from({ length: 100 }, (_, index) => notify.send('memory', { to: `person-${index}` }))
  await clock.advance(20_000)

  const results = await Promise.all(sending)
  expect(results.map(({ status }) => status)).toEqual(Array(100).fill('sent'))
})

it('a wait beside a ticket that is none is a wait', async () => {
  const clock = new FakeClock()
  const memory = new Carrier()
  const answer = { ticket: undefined, waitMs: 120_000 } as never
  const store = { take: () => answer, giveBack: () => undefined, pause: () => undefined }
  const limits = { store, providers: { memory: { account: { limit: 1, perMs: 60_000 } } } }
  const notify = createNotify({ channels: { memory }, clock, limits, retry: false })

  const result = await notify.send('memory', { to: 'a' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RATE_LIMITED' } })
  expect(memory.asked).toBe(0)
})
