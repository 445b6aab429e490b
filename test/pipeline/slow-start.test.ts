/** After a provider asked to be left alone it is not overrun: one goes first, then twice as many each time. */
import { expect, it } from 'vitest'
import { createNotify, type LimitStore } from '../../src/index.ts'
import { MemoryLimits } from '../../src/pipeline/memory-limits.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { after, Carrier, inTurn, never, outcomeOf, refuse } from './carrier.ts'

const PAUSE_MS = 5_000
const TAKES_MS = 100
const PLEASE_WAIT = refuse('RATE_LIMITED', { retryAfterMs: PAUSE_MS })

/** A provider that asks for a pause, then takes a while for each message; `count` wait behind the pause. */
async function behindPause(count: number) {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(PLEASE_WAIT, () => after(clock, TAKES_MS)))
  const notify = createNotify({ channels: { memory }, clock, retry: false })
  await notify.send('memory', { to: 'a' })
  const results = [...Array(count).keys()].map((index) => notify.send('memory', { to: `person-${index}` }))
  await clock.advance(PAUSE_MS - 1)
  return { clock, memory, results }
}

it('nobody goes before the pause is over, then one, then 2, 4 and so on, until all go', async () => {
  const { clock, memory, results } = await behindPause(400)
  const before = memory.asked
  await clock.advance(1)
  const asked: number[] = []
  for (let round = 0; round < 8; round += 1) {
    asked.push(memory.asked - 1)
    await clock.advance(TAKES_MS)
  }

  expect(before).toBe(1)
  expect(asked).toEqual([1, 3, 7, 15, 31, 63, 127, 400])
  expect((await Promise.all(results)).every(({ status }) => status === 'sent')).toBe(true)
})

it('begins anew where the provider asks for a pause again', async () => {
  const { clock, memory } = await behindPause(100)
  memory.answer = (asked, context) => (asked === 3 ? PLEASE_WAIT(asked, context) : after(clock, TAKES_MS))
  await clock.advance(1 + TAKES_MS)
  const first = memory.asked

  await clock.advance(PAUSE_MS - 1)
  const paused = memory.asked
  await clock.advance(1)

  expect([first, paused, memory.asked]).toEqual([4, 4, 5])
})

it('one whose try comes to nothing lets the others go on', async () => {
  const { clock, memory, results } = await behindPause(3)
  memory.answer = inTurn(PLEASE_WAIT, refuse('CONTENT_REJECTED'), () => after(clock, TAKES_MS))

  await clock.advance(1 + TAKES_MS)

  expect((await Promise.all(results)).map(outcomeOf)).toEqual(['CONTENT_REJECTED not_sent', 'sent', 'sent'])
})

it('one that is given up under way lets the others go on', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(inTurn(PLEASE_WAIT, never, () => after(clock, TAKES_MS)))
  const notify = createNotify({ channels: { memory }, clock, retry: false })
  await notify.send('memory', { to: 'a' })
  const caller = new AbortController()
  const aborted = notify.send('memory', { to: 'b' }, { signal: caller.signal })
  const others = ['c', 'd'].map((to) => notify.send('memory', { to }))
  await clock.advance(PAUSE_MS + 1_000)
  const waiting = memory.asked

  caller.abort()
  await clock.advance(TAKES_MS)

  expect(waiting).toBe(2)
  expect(await aborted).toMatchObject({ error: { code: 'ABORTED' } })
  expect(await Promise.all(others)).toMatchObject([{ status: 'sent' }, { status: 'sent' }])
})

it('a provider that never asked for it gets all at once', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(() => after(clock, TAKES_MS))
  const notify = createNotify({ channels: { memory }, clock })

  for (let count = 0; count < 100; count += 1) void notify.send('memory', { to: 'a' })
  await clock.advance(0)

  expect(memory.asked).toBe(100)
})

it('goes on where one that was sent before the pause is refused after it', async () => {
  const clock = new FakeClock()
  const refusedAfter = (ms: number) => () =>
    after(clock, ms).then(() => refuse('RATE_LIMITED', { retryAfterMs: 500 })(1, undefined as never))
  const memory = new Carrier(inTurn(refusedAfter(100), refusedAfter(800), () => after(clock, 300)))
  const notify = createNotify({ channels: { memory }, clock, retry: false })
  for (const to of ['a', 'b']) void notify.send('memory', { to })
  await clock.advance(200)

  const rest = Array.from({ length: 5 }, (_, index) => notify.send('memory', { to: `person-${index}` }))
  await clock.advance(10_000)

  expect((await Promise.all(rest)).map(outcomeOf)).toEqual(Array(5).fill('sent'))
})

it('holds those too who ask a shared store for their place', async () => {
  const clock = new FakeClock()
  const own = new MemoryLimits(clock)
  const store: LimitStore = {
    take: async (key, rates) => Promise.resolve(own.take(key, rates)),
    giveBack: async (key, ticket) => Promise.resolve(own.giveBack(key, ticket)),
    pause: async (key, ms) => Promise.resolve(own.pause(key, ms)),
  }
  const memory = new Carrier(inTurn(PLEASE_WAIT, () => after(clock, TAKES_MS)))
  const limits = { store, providers: { memory: { account: { limit: 1_000, perMs: 1_000 } } } }
  const notify = createNotify({ channels: { memory }, clock, retry: false, limits })
  await notify.send('memory', { to: 'a' })
  await clock.advance(PAUSE_MS + 100)

  for (let index = 0; index < 200; index += 1) void notify.send('memory', { to: `person-${index}` })
  await clock.advance(1)

  expect(memory.asked).toBe(2)
})

it('sends nobody who has no time left for a try', async () => {
  const clock = new FakeClock()
  const memory = new Carrier(
    inTurn(
      refuse('RATE_LIMITED', { retryAfterMs: 500 }),
      () => after(clock, 9_900),
      () => after(clock, 300),
    ),
  )
  const notify = createNotify({ channels: { memory }, clock, retry: false })
  await notify.send('memory', { to: 'a' })

  void notify.send('memory', { to: 'b' })
  const late = notify.send('memory', { to: 'c' }, { deadlineMs: 10_500 })
  await clock.advance(20_000)

  expect(outcomeOf(await late)).toBe('RATE_LIMITED not_sent')
  expect(memory.asked).toBe(2)
})
