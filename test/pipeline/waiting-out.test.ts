/** A provider that is away for a while costs those who can wait nothing but time. */
import { expect, it } from 'vitest'
import { createNotify } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { after, Carrier, refuse } from './carrier.ts'

const AWAY_MS = 15_000
const TAKES_MS = 3_000

it('many sends outlive a circuit that is open, and a probe that takes its time', async () => {
  const clock = new FakeClock()
  const away = refuse('UNAVAILABLE', { delivery: 'not_sent' })
  const memory = new Carrier((asked, context) =>
    clock.monotonic() < AWAY_MS ? away(asked, context) : after(clock, TAKES_MS),
  )
  const notify = createNotify({ channels: { memory }, clock })

  const sending = [...Array(50).keys()].map((index) => notify.send('memory', { to: `person-${index}` }))
  await clock.advance(60_000)

  const results = await Promise.all(sending)
  expect(results.map(({ status }) => status)).toEqual(Array(50).fill('sent'))
})

it('with retry off, a send fails at once while the provider is left alone', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(refuse('UNAUTHORIZED'))
  const notify = createNotify({ channels: { memory }, clock, retry: false })
  await notify.send('memory', { to: 'a' })

  const result = await notify.send('memory', { to: 'b' })

  expect(result).toMatchObject({ status: 'failed', attempts: [], error: { code: 'CIRCUIT_OPEN' } })
})
