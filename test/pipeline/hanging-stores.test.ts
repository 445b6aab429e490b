/** A store that hangs holds no send up past its deadline, and no SDK back from closing. */
import { describe, expect, it } from 'vitest'
import { createNotify, type LimitStore, type NotifyOptions, type SuppressionStore } from '../../src/index.ts'
import { MemoryLimits } from '../../src/pipeline/memory-limits.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'
import { accept, Carrier, refuse } from './carrier.ts'

const never = () => new Promise<never>(() => undefined)

const suppression: SuppressionStore = { find: never, add: never, remove: never }
const limits: LimitStore = { take: never, giveBack: never, pause: never }
const rate = { limit: 1, perMs: 1_000 }

type Options = Partial<NotifyOptions<{ memory: MemoryNotifier }>>

describe.each<readonly [string, Options]>([
  ['suppressions', { suppression }],
  ['account limits', { limits: { store: limits, providers: { memory: { account: rate } } } }],
  [
    'recipient limits',
    { limits: { store: limits, providers: { memory: { recipient: { rates: [rate] } } } } },
  ],
])('a hanging store of %s', (_, options) => {
  const setUp = () => {
    const clock = new FakeClock()
    const memory = new MemoryNotifier()
    return { clock, memory, notify: createNotify({ channels: { memory }, clock, ...options }) }
  }

  it('ends a send at its deadline, with nothing sent', async () => {
    const { clock, memory, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' }, { deadlineMs: 500 })

    await clock.advance(500)

    expect(await sending).toMatchObject({
      ...{ status: 'failed', attempts: [] },
      error: { code: 'TIMED_OUT', delivery: 'not_sent' },
    })
    expect(memory.sent).toEqual([])
  })

  it('lets the caller give up', async () => {
    const { notify } = setUp()
    const abort = new AbortController()
    const sending = notify.send('memory', { to: 'a' }, { signal: abort.signal })

    abort.abort()

    expect(await sending).toMatchObject({ error: { code: 'ABORTED', delivery: 'not_sent' } })
  })

  it('skips a message that expires meanwhile', async () => {
    const { clock, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' }, { expiresAt: clock.now() + 500 })

    await clock.advance(500)

    expect(await sending).toMatchObject({ status: 'skipped', reason: 'expired' })
  })

  it('does not keep the SDK from closing', async () => {
    const { clock, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' })

    const closing = notify.close({ drainMs: 100 })
    await clock.advance(100)

    await closing
    expect(await sending).toMatchObject({ error: { code: 'CLOSED', delivery: 'not_sent' } })
  })
})

describe.each([
  ['settle', accept, { status: 'sent' }],
  ['release', refuse('CONTENT_REJECTED'), { error: { code: 'CONTENT_REJECTED', delivery: 'not_sent' } }],
] as const)('a store of keys whose %s hangs', (method, answer, outcome) => {
  const setUp = () => {
    const clock = new FakeClock()
    const store = new MemoryKeys(clock)
    store[method] = never
    const notify = createNotify({ channels: { memory: new Carrier(answer) }, clock, idempotency: { store } })
    return { clock, notify }
  }

  it('holds a send no longer than its deadline, and changes nothing of what became of it', async () => {
    const { clock, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' }, { idempotencyKey: 'k', deadlineMs: 500 })

    await clock.advance(500)

    expect(await sending).toMatchObject(outcome)
  })

  it('does not keep the SDK from closing', async () => {
    const { clock, notify } = setUp()
    const sending = notify.send('memory', { to: 'a' }, { idempotencyKey: 'k' })
    await clock.advance(0)

    const closing = notify.close({ drainMs: 100 })
    await clock.advance(100)

    await closing
    expect(await sending).toMatchObject(outcome)
  })
})

it('a store that begins to hang while a send stands in line holds it up no longer than its deadline', async () => {
  const clock = new FakeClock()
  const own = new MemoryLimits(clock)
  const answer = <T>(value: T) => (clock.monotonic() < 1_000 ? Promise.resolve(value) : never())
  const store: LimitStore = {
    take: (key, rates) => answer(own.take(key, rates)),
    giveBack: (key, ticket) => answer(own.giveBack(key, ticket)),
    pause: never,
  }
  const providers = {
    memory: { account: { limit: 1, perMs: 3_000 }, recipient: { rates: [{ limit: 5, perMs: 60_000 }] } },
  }
  const notify = createNotify({
    channels: { memory: new MemoryNotifier() },
    clock,
    limits: { store, providers },
  })

  const sending = [notify.send('memory', { to: 'a' }), notify.send('memory', { to: 'b' })]
  await clock.advance(60_000)

  expect((await Promise.all(sending)).map(({ status }) => status)).toEqual(['sent', 'sent'])
  await notify.close()
})
