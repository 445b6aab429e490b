/** A limit per recipient counts from when the provider is asked, however long the account's line is. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Carrier } from './carrier.ts'

it('two messages to one recipient reach the provider as far apart as the limit says, whatever the line', async () => {
  const clock = new FakeClock()
  const askedAt: number[] = []
  const memory = new Carrier()
  const original = memory.answer
  memory.answer = (asked, context) => (askedAt.push(clock.monotonic()), original(asked, context))
  const of = { account: { limit: 1, perMs: 10_000 }, recipient: { rates: [{ limit: 1, perMs: 30_000 }] } }
  const notify = createNotify({ channels: { memory }, clock, limits: { providers: { memory: of } } })
  for (const to of ['x', 'y', 'z', 'ann']) void notify.send('memory', { to })
  await clock.advance(30_000)

  const again = await Promise.race([
    notify.send('memory', { to: 'ann' }),
    clock.advance(20_000).then(() => 'waits'),
  ])

  expect(memory.sent.filter(({ to }) => to === 'ann')).toHaveLength(1)
  expect(again).toMatchObject({ error: { code: 'RATE_LIMITED', scope: 'recipient' } })
})
