/** What a delivery claims in a shared store of keys, and what becomes of it where an answer gets lost. */
import { expect, it } from 'vitest'
import { createNotify, type IdempotencyStore, type KeyClaim } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import { Carrier, refuse, watch } from './carrier.ts'

const KEY = { idempotencyKey: 'order-1' }

/** Claims each key twice, as a client does that repeats a command whose answer was lost with its connection. */
function stuttering(clock: FakeClock) {
  const keys = new MemoryKeys(clock)
  const claim = keys.claim.bind(keys)
  keys.claim = async (key, own) => {
    await claim(key, own)
    return claim(key, own)
  }
  return keys
}

it('a claim that reached the store twice is the delivery’s own: it sends, and the key remembers it', async () => {
  const clock = new FakeClock()
  const store = stuttering(clock)
  const memory = new Carrier()
  const notify = createNotify({ channels: { memory }, clock, idempotency: { store } })
  const first = watch(notify.send('memory', { to: 'a' }, KEY))
  await clock.advance(0)

  const second = await notify.send('memory', { to: 'a' }, KEY)

  expect(first.value).toMatchObject({ status: 'sent' })
  expect(second).toMatchObject({ status: 'sent', duplicate: true, id: first.value?.id })
  expect(memory.asked).toBe(1)
})

it('a claim of another process that is under way is no claim of its own', async () => {
  const clock = new FakeClock()
  const store = stuttering(clock)
  const [one, other] = [new Carrier(() => new Promise(() => undefined)), new Carrier()]
  void createNotify({ channels: { memory: one }, clock, idempotency: { store } }).send(
    'memory',
    { to: 'a' },
    KEY,
  )
  await clock.advance(0)

  const notify = createNotify({ channels: { memory: other }, clock, idempotency: { store } })
  void notify.send('memory', { to: 'a' }, KEY)
  await clock.advance(20_000)

  expect([one.asked, other.asked]).toEqual([1, 0])
})

it.each([
  ['a time shorter than its delivery may take', 1_000, 90_000],
  ['a longer time', 3_600_000, 3_600_000],
])(
  'a key with %s is remembered at least until its sender is taken for dead',
  async (_, ttlMs, remembered) => {
    const clock = new FakeClock()
    const claims: KeyClaim[] = []
    const keys = new MemoryKeys(clock)
    const store: IdempotencyStore = {
      claim: (key, claim) => {
        claims.push(claim)
        return keys.claim(key, claim)
      },
      settle: (...told) => keys.settle(...told),
      release: (...told) => keys.release(...told),
    }
    const notify = createNotify({ channels: { memory: new Carrier() }, clock, idempotency: { store, ttlMs } })

    await notify.send('memory', { to: 'a' }, { ...KEY, deadlineMs: 60_000 })

    expect(claims).toMatchObject([{ leaseMs: 90_000, ttlMs: remembered }])
  },
)

it('a delivery that nobody was asked to make leaves its key free', async () => {
  const clock = new FakeClock()
  const store = new MemoryKeys(clock)
  const memory = new Carrier(refuse('UNAUTHORIZED'))
  const notify = createNotify({ channels: { memory }, clock, retry: false, idempotency: { store } })
  await notify.send('memory', { to: 'a' })

  const result = await notify.send('memory', { to: 'a' }, KEY)

  expect(result).toMatchObject({ attempts: [], error: { code: 'CIRCUIT_OPEN' } })
  expect(store.rows.size).toBe(0)
})

it('a duplicate of a duplicate names the delivery that was made, in whichever process that was', async () => {
  const clock = new FakeClock()
  const store = new MemoryKeys(clock)
  const open = () => createNotify({ channels: { memory: new Carrier() }, clock, idempotency: { store } })
  const first = await open().send('memory', { to: 'a' }, KEY)
  const other = open()

  const together = [other.send('memory', { to: 'a' }, KEY), other.send('memory', { to: 'a' }, KEY)]
  const results = await Promise.all(together)
  const later = await other.send('memory', { to: 'a' }, KEY)

  expect([...results, later]).toEqual(Array(3).fill({ ...first, duplicate: true }))
})
