/** A duplicate is answered with what became of the message, whatever has happened to its recipient since. */
import { expect, it } from 'vitest'
import { createNotify, memorySuppressions } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import { after, Carrier, ONE_PER_MINUTE } from './carrier.ts'

const KEY = { idempotencyKey: 'order-1' }

it('a duplicate is answered though the message has expired since', async () => {
  const clock = new FakeClock()
  const memory = new Carrier()
  const notify = createNotify({ channels: { memory }, clock })
  const options = { ...KEY, expiresAt: clock.now() + 1_000 }
  const first = await notify.send('memory', { to: 'a' }, options)
  await clock.advance(2_000)

  const second = await notify.send('memory', { to: 'a' }, options)

  expect(second).toEqual({ ...first, status: 'sent', duplicate: true })
  expect(memory.asked).toBe(1)
})

it.each([
  ['in this process', () => ({})],
  ['in a shared store', (clock: FakeClock) => ({ idempotency: { store: new MemoryKeys(clock) } })],
])('a duplicate is answered though the address has died since (its key is kept %s)', async (_, optionsOf) => {
  const clock = new FakeClock()
  const suppression = memorySuppressions({ clock })
  const memory = new Carrier()
  const options = optionsOf(clock)
  const [one, other] = [1, 2].map(() =>
    createNotify({ channels: { memory }, clock, suppression, ...options }),
  )
  const first = await one?.send('memory', { to: 'a' }, KEY)
  await suppression.add({ channel: 'memory', address: 'a', reason: 'refused' })

  const again = 'idempotency' in options ? other : one
  const second = await again?.send('memory', { to: 'a' }, KEY)

  expect(second).toMatchObject({ status: 'sent', duplicate: true, id: first?.id })
  expect(await one?.send('memory', { to: 'a' })).toMatchObject({ status: 'skipped', reason: 'suppressed' })
})

it('a message that expires while another sender has its key has failed, and may have gone out', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(() => after(clock, 5_000))
  const notify = createNotify({ channels: { memory }, clock })
  const first = notify.send('memory', { to: 'a' }, KEY)

  const second = notify.send('memory', { to: 'a' }, { ...KEY, expiresAt: clock.now() + 1_000 })
  await clock.advance(5_000)

  expect(await first).toMatchObject({ status: 'sent' })
  expect(await second).toMatchObject({ status: 'failed', error: { code: 'EXPIRED', delivery: 'unknown' } })
})

it.each([
  ['in this process', () => ({})],
  ['in a shared store', (clock: FakeClock) => ({ idempotency: { store: new MemoryKeys(clock) } })],
])(
  'a key is free again where a function of the caller threw before anybody was asked (%s)',
  async (_, optionsOf) => {
    const clock = new FakeClock()
    const memory = new Carrier()
    let isBroken = true
    const by = () => {
      if (isBroken) throw new Error('no region')
      return 'eu'
    }
    const limits = { providers: { memory: { recipient: { ...ONE_PER_MINUTE, by } } } }
    const notify = createNotify({ channels: { memory }, clock, limits, ...optionsOf(clock) })
    const first = await notify.send('memory', { to: 'a' }, KEY)
    isBroken = false

    const second = await notify.send('memory', { to: 'a' }, KEY)

    expect(first).toMatchObject({ attempts: [], error: { code: 'DRIVER_FAILED', delivery: 'not_sent' } })
    expect(second).toMatchObject({ status: 'sent' })
    expect(second).not.toHaveProperty('duplicate')
  },
)
