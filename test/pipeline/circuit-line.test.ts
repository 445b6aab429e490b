/** A circuit and a line at one provider: who waits for his turn hears of the circuit, and holds up nobody. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, Carrier, inTurn, outcomeOf, refuse, watch } from './carrier.ts'

const onePer = (perMs: number) => ({ providers: { memory: { account: { limit: 1, perMs } } } })

it('nobody in line asks a provider that has refused our credentials meanwhile', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(refuse('UNAUTHORIZED'))
  const notify = createNotify({ channels: { memory }, clock, retry: false, limits: onePer(1_000) })
  const sending = [...Array(8).keys()].map((index) => notify.send('memory', { to: `person-${index}` }))

  await clock.advance(9_999)

  const outcomes = (await Promise.all(sending)).map(outcomeOf)
  expect(outcomes).toEqual(['UNAUTHORIZED not_sent', ...Array<string>(7).fill('CIRCUIT_OPEN not_sent')])
  expect(memory.asked).toBe(1)
})

it('nobody joins the line of a provider that is left alone: he is told at once', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(refuse('UNAUTHORIZED'))
  const notify = createNotify({ channels: { memory }, clock, retry: false, limits: onePer(1_000) })
  await notify.send('memory', { to: 'a' })

  const result = watch(notify.send('memory', { to: 'b' }))
  await clock.advance(0)

  expect(result.value).toMatchObject({ attempts: [], error: { code: 'CIRCUIT_OPEN' } })
})

it('a probe that waits for its turn keeps nobody from waiting too', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(refuse('UNAVAILABLE'), accept))
  const breaker = { failures: 1, of: 1, coolDownMs: 100 }
  const notify = createNotify({ channels: { memory }, clock, retry: false, breaker, limits: onePer(10_000) })
  await notify.send('memory', { to: 'a' })
  await clock.advance(100)

  const probe = notify.send('memory', { to: 'b' })
  await clock.advance(1_000)
  const other = notify.send('memory', { to: 'c' })
  await clock.advance(20_000)

  expect([await probe, await other]).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
})

it('who is refused in line gives his place to the next one at once', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(refuse('UNAUTHORIZED'))
  const notify = createNotify({ channels: { memory }, clock, retry: false, limits: onePer(1_000) })
  const ended: number[] = []
  for (const to of ['a', 'b', 'c', 'd', 'e'])
    void notify.send('memory', { to }).then(() => ended.push(clock.monotonic()))

  await clock.advance(30_000)

  expect(ended).toEqual([0, 1_000, 1_000, 1_000, 1_000])
})
