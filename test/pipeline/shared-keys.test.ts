import { describe, expect, it } from 'vitest'
import { createNotify, NotifyError, type IdempotencyStore } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { findSecrets } from '../../src/testing/find-secrets.ts'
import { describeIdempotencyStore } from '../support/idempotency-store-contract.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const KEY = { idempotencyKey: 'order-42' }
const TO = { to: 'someone@example.com' }
const DEADLINE_MS = 60_000
const LEASE_MS = DEADLINE_MS + 30_000

describe('the store that the tests below share', () => {
  describeIdempotencyStore(() => {
    const clock = new FakeClock()
    return { store: new MemoryKeys(clock), pass: (ms) => clock.advance(ms) }
  }, 1_000)
})

/** Two processes of one app: what they share is the store. */
function setUp(store?: (clock: FakeClock) => IdempotencyStore) {
  const clock = new FakeClock()
  const keys = new MemoryKeys(clock)
  const start = () => {
    const memory = new MemoryNotifier()
    const idempotency = { store: store?.(clock) ?? keys }
    return { memory, notify: createNotify({ channels: { memory }, clock, idempotency, retry: false }) }
  }
  return { clock, keys, one: start(), two: start() }
}

const failing = (error: NotifyError) => new MemoryNotifier(() => Promise.reject(error))

describe('a second send of another process under one idempotency key', () => {
  it('sends nothing and gets the first result', async () => {
    const { one, two } = setUp()
    const first = await one.notify.send('memory', TO, KEY)

    const second = await two.notify.send('memory', TO, KEY)

    expect(second).toEqual({ ...first, duplicate: true })
    expect(two.memory.sent).toEqual([])
  })

  it('asks the store once for what this process knows already', async () => {
    const { keys, two, one } = setUp()
    await one.notify.send('memory', TO, KEY)
    await two.notify.send('memory', TO, KEY)
    keys.rows.clear()

    const again = await two.notify.send('memory', TO, KEY)

    expect(again).toMatchObject({ status: 'sent', duplicate: true })
    expect(keys.rows.size).toBe(0)
  })

  it('waits for the first while that is under way', async () => {
    const { clock, one, two, keys } = setUp()
    let accept: () => void = () => undefined
    const slow = new MemoryNotifier(
      (_, { id }) => new Promise((resolve) => (accept = () => resolve({ providerId: id, at: 1 }))),
    )
    const first = createNotify({ channels: { memory: slow }, clock, idempotency: { store: keys } })
    const sending = first.send('memory', TO, KEY)
    const waiting = two.notify.send('memory', TO, KEY)
    await clock.advance(5_000)

    accept()
    await clock.advance(1_000)

    expect(await waiting).toEqual({ ...(await sending), duplicate: true })
    expect([one.memory.sent, two.memory.sent]).toEqual([[], []])
  })

  it('is refused where it is another message', async () => {
    const { one, two } = setUp()
    await one.notify.send('memory', TO, KEY)

    const second = await two.notify.send('memory', { to: 'another' }, KEY)

    expect(second).toMatchObject({ status: 'failed', error: { code: 'IDEMPOTENCY_MISMATCH' } })
    expect(two.memory.sent).toEqual([])
  })

  it('sends, where the first failed and nothing was sent', async () => {
    const { clock, keys, two } = setUp()
    const memory = failing(new NotifyError('UNAVAILABLE', 'away', { delivery: 'not_sent' }))
    const one = createNotify({ channels: { memory }, clock, idempotency: { store: keys }, retry: false })
    expect(await one.send('memory', TO, KEY)).toMatchObject({ status: 'failed' })

    const second = await two.notify.send('memory', TO, KEY)

    expect(second).toMatchObject({ status: 'sent' })
    expect(second.duplicate).toBeUndefined()
  })

  it('gets the same failure, where the first may have gone out', async () => {
    const { clock, keys, two } = setUp()
    const provider = { code: '502', message: 'bad gateway', status: 502, requestId: 'r-1' }
    const memory = failing(new NotifyError('UNAVAILABLE', 'cut', { delivery: 'unknown', provider }))
    const one = createNotify({ channels: { memory }, clock, idempotency: { store: keys }, retry: false })
    const first = await one.send('memory', TO, KEY)

    const second = await two.notify.send('memory', TO, KEY)

    expect(JSON.parse(JSON.stringify(second))).toEqual({
      ...(JSON.parse(JSON.stringify(first)) as object),
      duplicate: true,
    })
    expect(second).toMatchObject({ status: 'failed', error: { delivery: 'unknown', provider } })
    expect(NotifyError.isNotifyError(second.status === 'failed' && second.error)).toBe(true)
    expect(two.memory.sent).toEqual([])
  })

  it('sends nothing where the first process died, and says that nobody knows', async () => {
    const { clock, keys, two } = setUp()
    const dead = new MemoryNotifier(() => new Promise(() => undefined))
    const one = createNotify({
      channels: { memory: dead },
      clock: new FakeClock(),
      idempotency: { store: keys },
    })
    void one.send('memory', TO, KEY)
    await clock.advance(LEASE_MS)

    const second = await two.notify.send('memory', TO, KEY)

    expect(second).toMatchObject({
      ...{ status: 'failed', duplicate: true },
      error: { code: 'TIMED_OUT', delivery: 'unknown' },
    })
    expect(two.memory.sent).toEqual([])
  })

  it('ends at its own deadline while it waits, and says that the message may go out', async () => {
    const { clock, keys, two } = setUp()
    const hung = new MemoryNotifier(() => new Promise(() => undefined))
    const one = createNotify({ channels: { memory: hung }, clock, idempotency: { store: keys } })
    const first = one.send('memory', TO, KEY)
    const second = two.notify.send('memory', TO, { ...KEY, deadlineMs: 5_000 })

    await clock.advance(5_000)

    expect(await second).toMatchObject({ error: { code: 'TIMED_OUT', delivery: 'unknown' } })
    await clock.advance(DEADLINE_MS)
    await first
  })

  it('is a send of its own on another channel', async () => {
    const { clock, keys, one } = setUp()
    const other = new MemoryNotifier()
    const two = createNotify({ channels: { other }, clock, idempotency: { store: keys } })
    await one.notify.send('memory', TO, KEY)

    await two.send('other', TO, KEY)

    expect(other.sent).toHaveLength(1)
  })

  it('sends after a skipped one', async () => {
    const { clock, keys, two } = setUp()
    const memory = new MemoryNotifier()
    const one = createNotify({ channels: { memory }, clock, idempotency: { store: keys } })
    const early = await one.send('memory', TO, { ...KEY, expiresAt: clock.now() - 1 })

    const second = await two.notify.send('memory', TO, KEY)

    expect([early.status, second.status]).toEqual(['skipped', 'sent'])
  })
})

describe('a shared store that fails', () => {
  const away = (): Promise<never> => Promise.reject(new Error('ECONNREFUSED order-42'))

  it('keeps the message from being sent, for it might be the second one', async () => {
    const { one } = setUp(() => ({ claim: away, settle: away, release: away }))

    const result = await one.notify.send('memory', TO, KEY)

    expect(result).toMatchObject({
      ...{ status: 'failed', attempts: [] },
      error: { code: 'UNAVAILABLE', delivery: 'not_sent', retryable: true },
    })
    expect(one.memory.sent).toEqual([])
    expect(findSecrets(result, ['order-42'])).toEqual([])
  })

  it('holds up no message without a key', async () => {
    const { one } = setUp(() => ({ claim: away, settle: away, release: away }))

    expect(await one.notify.send('memory', TO)).toMatchObject({ status: 'sent' })
  })

  it('changes nothing of what became of a message that was sent', async () => {
    const { one } = setUp((clock) => {
      const keys = new MemoryKeys(clock)
      return { claim: (key, claim) => keys.claim(key, claim), settle: away, release: away }
    })

    const [first, second] = [
      await one.notify.send('memory', TO, KEY),
      await one.notify.send('memory', TO, KEY),
    ]

    expect(first).toMatchObject({ status: 'sent' })
    expect(second).toEqual({ ...first, duplicate: true })
  })

  it.each(['not json', '{}', '{"receipt":{}}', '{"error":{"code":"NO_SUCH"}}', '[]', 'null'])(
    'says that nobody knows where it holds what cannot be read: %s',
    async (outcome) => {
      const { keys, one, two } = setUp()
      await one.notify.send('memory', TO, KEY)
      for (const [key, row] of keys.rows) keys.rows.set(key, { ...row, outcome })

      const second = await two.notify.send('memory', TO, KEY)

      expect(second).toMatchObject({ error: { code: 'TIMED_OUT', delivery: 'unknown' } })
      expect(two.memory.sent).toEqual([])
    },
  )

  it('that hangs ends a send at its deadline, and frees the key when it is back', async () => {
    let answer: () => void = () => undefined
    const claimed: string[] = []
    const { clock, one } = setUp((ownClock) => {
      const kept = new MemoryKeys(ownClock)
      return {
        claim: async (key, claim) => {
          await new Promise<void>((resolve) => (answer = resolve))
          claimed.push(key)
          return kept.claim(key, claim)
        },
        settle: (key, id, outcome) => kept.settle(key, id, outcome),
        release: (key, id) => {
          claimed.pop()
          return kept.release(key, id)
        },
      }
    })
    const sending = one.notify.send('memory', TO, { ...KEY, deadlineMs: 1_000 })

    await clock.advance(1_000)

    expect(await sending).toMatchObject({ error: { code: 'TIMED_OUT', delivery: 'not_sent' } })
    answer()
    await clock.advance(1)
    expect(claimed).toEqual([])
    expect(one.memory.sent).toEqual([])
  })
})
