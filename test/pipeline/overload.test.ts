/** More messages than a provider’s account may take: the provider stays in use, and the rest is told at once. */
import { describe, expect, it } from 'vitest'
import { createNotify, type LifecycleEvent, type LimitStore, type Rate } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { after, Carrier, outcomeOf } from './carrier.ts'

interface Load {
  readonly rate: Rate
  readonly deadlineMs: number
  /** One message every so often. */
  readonly everyMs: number
}

/** Offers twice what a healthy provider may be asked, for half a minute. */
async function overload({ rate, deadlineMs, everyMs }: Load) {
  const clock = new FakeClock()
  const opened: LifecycleEvent[] = []
  const onEvent = (event: LifecycleEvent) => event.type === 'breaker' && opened.push(event)
  const memory = new Carrier(() => after(clock, 300))
  const limits = { providers: { memory: { account: rate } } }
  const notify = createNotify({ channels: { memory }, clock, deadlineMs, limits, hooks: { onEvent } })
  const sending: Promise<{ outcome: string; tookMs: number }>[] = []
  for (let passedMs = 0; passedMs < 30_000; passedMs += everyMs) {
    const startedAt = clock.monotonic()
    const told = notify.send('memory', { to: 'a' }).then((result) => {
      return { outcome: outcomeOf(result), tookMs: clock.monotonic() - startedAt }
    })
    sending.push(told)
    await clock.advance(everyMs)
  }
  await clock.advance(deadlineMs)
  return { results: await Promise.all(sending), opened, health: notify.health().memory }
}

describe('a healthy provider that is offered twice what it may be asked', () => {
  const steady = { rate: { limit: 1, perMs: 100 }, deadlineMs: 10_000, everyMs: 50 }
  const bursts = { rate: { limit: 10, perMs: 1_000 }, deadlineMs: 2_000, everyMs: 50 }

  it.each([
    ['one at a time', steady],
    ['in bursts', bursts],
  ])('takes what it may, %s; of the rest nothing is sent, and nothing is unknown', async (_, load) => {
    const { results, opened, health } = await overload(load)

    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['sent', 'RATE_LIMITED not_sent']))
    expect(results.filter(({ outcome }) => outcome === 'sent').length).toBeGreaterThanOrEqual(300)
    expect(opened).toEqual([])
    expect(health).toMatchObject([{ state: 'closed' }])
  })

  it('refuses at the moment of the send what cannot be sent in time', async () => {
    const { results } = await overload(steady)

    const refused = results.filter(({ outcome }) => outcome !== 'sent')
    expect(refused.length).toBeGreaterThan(100)
    expect(refused.filter(({ tookMs }) => tookMs > 0)).toEqual([])
  })

  it('refuses nothing for which there is time, many at a time', async () => {
    const clock = new FakeClock()
    const limits = { providers: { memory: { account: bursts.rate } } }
    const notify = createNotify({ channels: { memory: new Carrier() }, clock, deadlineMs: 4_000, limits })

    const sending = [...Array(40).keys()].map((index) => notify.send('memory', { to: `person-${index}` }))
    await clock.advance(3_000)

    expect((await Promise.all(sending)).filter(({ status }) => status !== 'sent')).toEqual([])
  })
})

it('a line that a shared store calls far too long is sent away, and nothing waits for it', async () => {
  const clock = new FakeClock()
  const answers = [{ ticket: '1' }, { waitMs: 100 }, { waitMs: 3_600_000 }]
  const store: LimitStore = {
    take: () => answers.shift() ?? { ticket: '2' },
    giveBack: () => undefined,
    pause: () => undefined,
  }
  const limits = { store, providers: { memory: { account: { limit: 1, perMs: 100 } } } }
  const notify = createNotify({ channels: { memory: new Carrier() }, clock, limits, retry: false })
  await notify.send('memory', { to: 'a' })
  const before = clock.pending
  const second = notify.send('memory', { to: 'b' })
  await clock.advance(0)
  const third = notify.send('memory', { to: 'c' })

  await clock.advance(100)

  const refused = { attempts: [], error: { code: 'RATE_LIMITED', delivery: 'not_sent' } }
  expect([await second, await third]).toMatchObject([refused, refused])
  expect(clock.pending).toBe(before)
  expect(await notify.send('memory', { to: 'd' })).toMatchObject({ status: 'sent' })
})
