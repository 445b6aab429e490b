/** A place within a limit belongs to who uses it: whoever gives up returns it, also where it comes too late. */
import { describe, expect, it } from 'vitest'
import { createNotify, type LimitStore, type ProviderLimits } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, after, Carrier, inTurn, ONE_PER_MINUTE, refuse } from './carrier.ts'

const RATE = { limit: 1, perMs: 60_000 }

/** A store that takes half a second for each place, and keeps a list of what it gave and got back. */
function slowStore(clock: FakeClock) {
  const log: string[] = []
  const store: LimitStore = {
    take: async (key) => {
      await after(clock, 500)
      log.push(`take ${key}`)
      return { ticket: String(log.length) }
    },
    giveBack: (key, ticket) => void log.push(`give back ${key} ${ticket}`),
    pause: () => undefined,
  }
  return { log, store }
}

describe.each<readonly [string, ProviderLimits, string]>([
  ['an account', { account: RATE }, 'memory/memory'],
  ['a recipient', { recipient: ONE_PER_MINUTE }, 'memory/memory/0/a'],
])('the place of %s that a shared store gives', (_, of, key) => {
  function setUp(answer = accept) {
    const clock = new FakeClock()
    const { log, store } = slowStore(clock)
    const memory = new Carrier(answer)
    const limits = { store, providers: { memory: of } }
    return { clock, log, memory, notify: createNotify({ channels: { memory }, clock, limits, retry: false }) }
  }

  it('when its send has been aborted already is given back', async () => {
    const { clock, log, memory, notify } = setUp()
    const caller = new AbortController()
    const sending = notify.send('memory', { to: 'a' }, { signal: caller.signal })
    await clock.advance(100)

    caller.abort()
    const result = await sending
    await clock.advance(400)

    expect(result).toMatchObject({ attempts: [], error: { code: 'ABORTED', delivery: 'not_sent' } })
    expect(log).toEqual([`take ${key}`, `give back ${key} 1`])
    expect(memory.asked).toBe(0)
  })

  it('when its send has come to its deadline already is given back', async () => {
    const { clock, log, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' }, { deadlineMs: 100 })

    await clock.advance(500)

    expect(await sending).toMatchObject({ error: { code: 'TIMED_OUT', delivery: 'not_sent' } })
    expect(log).toEqual([`take ${key}`, `give back ${key} 1`])
  })

  it('is kept by a message that was sent', async () => {
    const { clock, log, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' })

    await clock.advance(500)

    expect(await sending).toMatchObject({ status: 'sent' })
    expect(log).toEqual([`take ${key}`])
  })
})

it('an account’s place is kept by a provider that refused: it was asked', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(refuse('CONTENT_REJECTED'), accept))
  const limits = { providers: { memory: { account: { limit: 1, perMs: 1_000 } } } }
  const notify = createNotify({ channels: { memory }, clock, limits })
  await notify.send('memory', { to: 'a' })

  const next = notify.send('memory', { to: 'b' })
  await clock.advance(1_000)

  expect(await next).toMatchObject({ status: 'sent', attempts: [{ waitMs: 1_000 }] })
})

it('a send that was aborted before it began takes no place from the next one', async () => {
  const memory = new Carrier()
  const notify = createNotify({ channels: { memory }, limits: { providers: { memory: { account: RATE } } } })
  const aborted = await notify.send('memory', { to: 'a' }, { signal: AbortSignal.abort() })

  const next = await notify.send('memory', { to: 'b' })

  expect(aborted).toMatchObject({ attempts: [], error: { code: 'ABORTED' } })
  expect(next).toMatchObject({ status: 'sent' })
  expect(next.attempts[0]).not.toHaveProperty('waitMs')
})

it('a send that was aborted before it began does not wait in line', async () => {
  const clock = new FakeClock()
  const limits = { providers: { memory: { account: { limit: 1, perMs: 10_000 } } } }
  const notify = createNotify({ channels: { memory: new Carrier() }, clock, limits })
  await notify.send('memory', { to: 'a' })

  const result = await notify.send('memory', { to: 'b' }, { signal: AbortSignal.abort() })

  expect(result).toMatchObject({ attempts: [], error: { code: 'ABORTED', delivery: 'not_sent' } })
})

it('who comes later waits behind those in line, though a place is free by then', async () => {
  const clock = new FakeClock()
  const { log, store } = slowStore(clock)
  const order: string[] = []
  const memory = new Carrier()
  const taking = store.take.bind(store)
  let asked = 0
  // The second one has to wait; while the store is asked for him again, a third one comes.
  store.take = (key, rates) => {
    asked += 1
    if (asked === 2) return { waitMs: 100 }
    return asked === 3 ? taking(key, rates) : { ticket: '7' }
  }
  const limits = { store, providers: { memory: { account: { limit: 1, perMs: 1_000 } } } }
  const notify = createNotify({ channels: { memory }, clock, limits })
  const send = (to: string) => void notify.send('memory', { to }).then(() => order.push(to))
  send('first')
  await clock.advance(0)
  send('second')
  await clock.advance(300)

  send('third')
  await clock.advance(2_000)

  expect(order).toEqual(['first', 'second', 'third'])
  expect(log).toHaveLength(1)
})
