/** Two accounts at one provider, and one account behind two channels: limits go by account. */
import { expect, it } from 'vitest'
import { createNotify, failover, type LimitStore } from '../../src/index.ts'
import { Carrier, refuse } from './carrier.ts'

const limits = { providers: { memory: { account: { limit: 1, perMs: 3_600_000 } } } }

/** Gives a place always, and knows what it was asked for. */
function listening() {
  const keys: string[] = []
  const store: LimitStore = {
    take: (key) => {
      keys.push(key)
      return { ticket: '1' }
    },
    giveBack: () => undefined,
    pause: () => undefined,
  }
  return { keys, store }
}

it('two accounts at one provider have a limit each', async () => {
  const [one, other] = [new Carrier(), new Carrier()]
  const notify = createNotify({ channels: { memory: failover(one, other) }, limits })

  const results = [await notify.send('memory', { to: 'a' }), await notify.send('memory', { to: 'b' })]

  expect(results).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
  expect([one.asked, other.asked]).toEqual([1, 1])
})

it('two accounts at one provider are counted apart in a shared store, the same in every process', async () => {
  const { keys, store } = listening()
  const away = refuse('UNAVAILABLE')

  for (let process = 0; process < 2; process += 1) {
    const channels = { memory: failover(new Carrier(away), new Carrier(away), new Carrier()) }
    const notify = createNotify({ channels, limits: { ...limits, store }, retry: false })
    await notify.send('memory', { to: 'a' })
  }

  const ofOne = ['memory/memory', 'memory/memory-2', 'memory/memory-3']
  expect(keys).toEqual([...ofOne, ...ofOne])
})

it('one account behind two channels has one limit', async () => {
  const memory = new Carrier()
  const notify = createNotify({ channels: { first: memory, second: memory }, limits })

  const results = [await notify.send('first', { to: 'a' }), await notify.send('second', { to: 'b' })]

  expect(results).toMatchObject([{ status: 'sent' }, { error: { code: 'RATE_LIMITED' } }])
})
