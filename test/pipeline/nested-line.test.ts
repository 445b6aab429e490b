/** Providers within providers, and one alone: who has somebody to go to does not wait, and who has nobody does. */
import { expect, it } from 'vitest'
import { createNotify, failover, type LifecycleEvent } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { accept, Carrier, refuse } from './carrier.ts'

const onePer = (perMs: number) => ({ account: { limit: 1, perMs } })

it('one that stands alone within others is not waited for where another can take the message', async () => {
  const clock = new FakeClock()
  const [busy, free] = [new Carrier(accept, 'busy'), new Carrier(accept, 'free')]
  const channels = { memory: failover(failover(busy), free) }
  const notify = createNotify({ channels, clock, limits: { providers: { busy: onePer(20_000) } } })
  await notify.send('memory', { to: 'a' })

  const result = await notify.send('memory', { to: 'b' })

  expect(result).toMatchObject({ status: 'sent', provider: 'free' })
})

it('one that is the only one is waited for, and nobody is told of a refusal', async () => {
  const clock = new FakeClock()
  const events: LifecycleEvent[] = []
  const hooks = { onEvent: (event: LifecycleEvent) => events.push(event) }
  const channels = { memory: failover(new Carrier()) }
  const limits = { providers: { memory: onePer(20_000) } }
  const notify = createNotify({ channels, clock, hooks, limits })
  await notify.send('memory', { to: 'a' })

  const second = notify.send('memory', { to: 'b' })
  await clock.advance(20_000)

  expect(await second).toMatchObject({ status: 'sent', attempts: [{ waitMs: 20_000 }] })
  expect(events.filter(({ type }) => type === 'limited')).toMatchObject([{ action: 'wait' }])
})

it('providers that have all had too much are asked once each, not once more as a last resort', async () => {
  const clock = new FakeClock()
  const tooMuch = refuse('RATE_LIMITED', {
    retryAfterMs: 500,
    provider: { code: '429', message: 'slow down' },
  })
  const [first, second] = [new Carrier(tooMuch, 'first'), new Carrier(tooMuch, 'second')]
  const notify = createNotify({ channels: { memory: failover(first, second) }, clock, retry: false })

  const sending = notify.send('memory', { to: 'a' })
  await clock.advance(10_000)

  expect(await sending).toMatchObject({ attempts: [{}, {}], error: { code: 'RATE_LIMITED' } })
  expect([first.asked, second.asked]).toEqual([1, 1])
})
