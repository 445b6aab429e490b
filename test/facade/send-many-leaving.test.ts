/** Leaving the results of `sendMany` early: what is under way is waited for, what comes later is not sent. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { after, Carrier, watch } from '../pipeline/carrier.ts'

it('leaving waits for what is under way', async () => {
  const clock = new FakeClock()
  const memory = new Carrier((asked) => after(clock, asked === 1 ? 0 : 500))
  const notify = createNotify({ channels: { memory }, clock })
  const results = notify.sendMany('memory', [{ to: 'a' }, { to: 'b' }, { to: 'c' }])
  const first = results.next()
  await clock.advance(0)
  await first

  const left = watch(results.return().then(() => memory.sent.length))
  await clock.advance(499)
  const early = left.value
  await clock.advance(1)

  expect([early, left.value]).toEqual([undefined, 3])
})

it('a message that the source gives after the results were left is not sent', async () => {
  let give: (message: { to: string }) => void = () => undefined
  async function* source() {
    yield { to: 'a' }
    yield await new Promise<{ to: string }>((resolve) => (give = resolve))
  }
  const memory = new Carrier()
  const notify = createNotify({ channels: { memory } })
  const results = notify.sendMany('memory', source())
  await results.next()
  await results.return()

  give({ to: 'too late' })
  await new Promise((resolve) => setImmediate(resolve))

  expect(memory.sent).toMatchObject([{ to: 'a' }])
})
