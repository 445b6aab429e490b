/** What the memory broker takes is bounded, and what is over leaves though nobody asks for it. */
import { describe, expect, it } from 'vitest'
import { KeptTexts } from '../../../../src/channels/websocket/broker/kept-texts.ts'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { MAX_DEVICES, MemoryCursors } from '../../../../src/channels/websocket/broker/memory-cursors.ts'
import { MemoryPresence } from '../../../../src/channels/websocket/broker/memory-presence.ts'
import { MemoryStreams } from '../../../../src/channels/websocket/broker/memory-streams.ts'
import { RecentIds } from '../../../../src/channels/websocket/broker/recent-ids.ts'
import { ID_TTL_MS } from '../../../../src/core/push-broker.ts'
import { FakeClock } from '../../../../src/testing/fake-clock.ts'
import { heapUsed } from '../../../support/heap-used.ts'

const RULE = { size: 10, ttlMs: 1_000 }
const DAY_MS = 86_400_000
const KILOBYTE = JSON.stringify('x'.repeat(1_000))

describe('when more is to be kept than there is room for', () => {
  const ask = { limit: 10, rule: RULE }
  const start = (kilobytes: number) => {
    const broker = new MemoryBroker({ clock: new FakeClock(), maxBytes: kilobytes * 1_200 })
    const keep = (channel: string, data = KILOBYTE) =>
      broker.publish(channel, data, { history: RULE }).position
    const keptOf = (channel: string) => broker.history(channel, ask).publications.length
    return { broker, keep, keptOf }
  }

  it('loses what the channel has that was used least lately', () => {
    const { keep, keptOf } = start(3)
    for (const channel of ['a', 'b', 'c']) keep(channel)
    keptOf('a')

    keep('d')

    expect(['a', 'b', 'c', 'd'].map(keptOf)).toEqual([1, 0, 1, 1])
  })

  it('tells who comes back what was lost, and goes on counting in the same life', () => {
    const { broker, keep } = start(2)
    const first = keep('a')
    const second = keep('a')
    keep('b')

    const histories = [undefined, first, second].map((since) => broker.history('a', { ...ask, since }))
    const third = keep('a', '1')
    const after = broker.history('a', { ...ask, since: second })

    expect(histories.map(({ position }) => position)).toEqual([second, second, second])
    expect(histories.map(({ isComplete }) => isComplete)).toEqual([false, false, true])
    expect(histories.flatMap(({ publications }) => publications)).toEqual([])
    expect(third).toEqual({ offset: 3, epoch: first?.epoch })
    expect(after).toEqual({ position: third, publications: [{ offset: 3, data: '1' }], isComplete: true })
  })

  it('makes room channel by channel, also for one that is larger than all', () => {
    const { broker, keep, keptOf } = start(3)
    for (const channel of ['a', 'b', 'c']) keep(channel)

    keep('d', JSON.stringify('x'.repeat(2_000)))
    const some = ['a', 'b', 'c', 'd'].map(keptOf)
    const big = keep('e', JSON.stringify('x'.repeat(9_000)))

    expect(some).toEqual([0, 0, 1, 1])
    expect(['a', 'b', 'c', 'd', 'e'].map(keptOf)).toEqual([0, 0, 0, 0, 0])
    expect(broker.history('e', ask)).toEqual({ position: big, publications: [], isComplete: false })
  })

  it('counts bytes, not characters, and keys as well', () => {
    const { keep, keptOf } = start(3)
    keep('a')

    keep('b', JSON.stringify('推'.repeat(1_000)))

    expect(['a', 'b'].map(keptOf)).toEqual([0, 1])
  })

  it('counts what is kept, not what was: replaced, pushed out and old ones are free again', () => {
    const streams = new MemoryStreams(Infinity)
    const add = (now: number, key?: string) =>
      streams.add('a', { data: KILOBYTE, rule: { size: 2, ttlMs: 1_000 }, ttlMs: undefined, key, now })

    add(0)
    const one = streams.bytes
    for (let n = 0; n < 5; n += 1) add(1, 'k')
    const two = streams.bytes
    for (let n = 0; n < 5; n += 1) add(2)
    const full = streams.bytes
    streams.history('a', { limit: 0, rule: RULE }, 1_002)

    expect(one).toBeGreaterThan(1_000)
    expect([two, full, streams.bytes]).toEqual([2 * one + 1, 2 * one, 0])
  })
})

describe('what is over', () => {
  it('leaves: channels that nobody used for a week, and what they kept before that', () => {
    const streams = new MemoryStreams(Infinity)
    const addition = { data: KILOBYTE, rule: RULE, ttlMs: undefined, key: undefined }
    for (let n = 0; n < 1_000; n += 1) streams.add(`old ${n}`, { ...addition, now: 0 })

    for (let n = 0; n < 1_000; n += 1) streams.history('new', { limit: 0, rule: RULE }, 2_000)
    const inMinutes = [streams.size, streams.bytes]
    for (let n = 0; n < 1_000; n += 1) streams.history(`new ${n}`, { limit: 0, rule: RULE }, 8 * DAY_MS)

    expect(inMinutes).toEqual([1_001, 0])
    expect(streams.size).toBe(1_000)
  })

  it('leaves: texts that nobody took', () => {
    const texts = new KeptTexts()
    for (let n = 0; n < 10_000; n += 1) texts.keep(`${n}`, { text: 'x', endsAt: n + 100 }, n)

    expect(texts.size).toBeLessThanOrEqual(201)
  })

  it('leaves: clients that never said that they went, in one channel or in many', () => {
    const presence = new MemoryPresence()
    for (let n = 0; n < 5_000; n += 1) {
      presence.enter(`${n}`, { clients: [{ client: 'a', user: 'a' }], endsAt: n + 50, now: n })
      presence.enter('one', { clients: [{ client: `${n}`, user: 'a' }], endsAt: n + 50, now: n })
    }

    expect(presence.size).toBeLessThanOrEqual(202)
  })

  it('leaves: ids, though none comes any more', () => {
    const ids = new RecentIds()
    const published = { nodes: 0, isDuplicate: false }
    for (let n = 0; n < 1_000; n += 1) ids.set(`${n}`, published, n)
    for (let n = 0; n < 1_000; n += 1) ids.set(`later ${n}`, published, ID_TTL_MS - 1_000 + n)

    ids.forget(1.5 * ID_TTL_MS)
    const afterAWhile = ids.size
    ids.forget(3 * ID_TTL_MS)

    expect([afterAWhile, ids.size]).toEqual([1_000, 0])
  })

  it('leaves: the cursor of the device that was heard of least lately, where there are many', () => {
    const cursors = new MemoryCursors()
    const acknowledge = (device: string) => cursors.acknowledge({ device, offset: 1, endsAt: 10 }, 0)
    for (let n = 0; n < MAX_DEVICES; n += 1) acknowledge(`${n}`)
    acknowledge('0')

    acknowledge('one more')

    expect(['0', '1', '2', 'one more'].map((device) => cursors.offsetOf(device, 0))).toEqual([
      1,
      undefined,
      1,
      1,
    ])
  })
})

it('takes little for a user to whom nothing was sent', async () => {
  const users = Array.from({ length: 20_000 }, (_, index) => `#user ${index}`)
  const broker = new MemoryBroker({ clock: new FakeClock() })
  broker.history('#warm', { limit: 0, rule: RULE })
  const before = await heapUsed()

  for (const user of users) broker.history(user, { limit: 0, rule: RULE })
  const bytesEach = ((await heapUsed()) - before) / users.length

  // 90 to 120 on Node 20, of which the map takes 40.
  expect(bytesEach).toBeLessThan(180)
  expect(broker.history(users[0] ?? '', { limit: 0, rule: RULE }).position.offset).toBe(0)
})
