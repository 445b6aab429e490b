/** How long a retry waits: at random, up to a bound that doubles with each try and has a bound of its own. */
import { afterEach, expect, it, vi } from 'vitest'
import { createNotify, type LifecycleEvent, type RetryOptions } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { Carrier, refuse, watch } from './carrier.ts'

afterEach(() => vi.restoreAllMocks())

/** The waits between the tries of one message, where chance is what the test says. */
async function delaysOf(retry: RetryOptions, chance: number): Promise<number[]> {
  vi.spyOn(Math, 'random').mockReturnValue(chance)
  const clock = new FakeClock()
  const delays: number[] = []
  const onEvent = (event: LifecycleEvent) => event.type === 'retry' && delays.push(event.delayMs)
  const memory = new Carrier(refuse('UNAVAILABLE'))
  const notify = createNotify({
    ...{ channels: { memory }, clock, retry, hooks: { onEvent } },
    ...{ breaker: false, deadlineMs: 3_600_000 },
  })
  const sending = notify.send('memory', { to: 'a' })
  await clock.advance(3_600_000)
  await sending
  return delays
}

it('is any part of a bound that doubles with each try', async () => {
  expect(await delaysOf({ tries: 5, baseDelayMs: 200 }, 0.5)).toEqual([100, 200, 400, 800])
})

it('is never longer than its own bound', async () => {
  expect(await delaysOf({ tries: 6, baseDelayMs: 100, maxDelayMs: 300 }, 0.5)).toEqual([
    50, 100, 150, 150, 150,
  ])
})

it('may be none at all', async () => {
  expect(await delaysOf({ tries: 3 }, 0)).toEqual([0, 0])
})

it.each(['while the provider is asked', 'between that and the wait'])(
  'is not begun where the caller gave up %s',
  async (when) => {
    const clock = new FakeClock()
    const caller = new AbortController()
    const events: string[] = []
    const onEvent = ({ type }: LifecycleEvent) => {
      events.push(type)
      if (type === 'attempt') caller.abort()
    }
    const memory = new Carrier((asked, context) => {
      if (when === 'while the provider is asked') caller.abort()
      return refuse('UNAVAILABLE')(asked, context)
    })
    const notify = createNotify({
      channels: { memory },
      clock,
      hooks: { onEvent },
      retry: { baseDelayMs: 1_000 },
    })

    const result = watch(notify.send('memory', { to: 'a' }, { signal: caller.signal }))
    await clock.advance(0)

    expect(result.value).toMatchObject({ status: 'failed', attempts: [{}], error: { delivery: 'not_sent' } })
    expect(events).toEqual(['accepted', 'attempt', 'failed'])
  },
)
