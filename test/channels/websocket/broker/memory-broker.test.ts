import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { ID_TTL_MS, type HistoryRule } from '../../../../src/core/push-broker.ts'
import { FakeClock } from '../../../../src/testing/fake-clock.ts'
import { describePushBroker } from '../../../support/push-broker-contract.ts'
import { Heard } from '../../../support/push-broker/stage.ts'

const RULE: HistoryRule = { size: 10, ttlMs: 1_000 }
const ALL = { limit: 100, rule: RULE }
const DAY_MS = 86_400_000

describePushBroker(
  'the memory broker',
  () => {
    const clock = new FakeClock()
    return { connect: () => new MemoryBroker({ clock }), pass: (ms) => clock.advance(ms) }
  },
  { nodes: 'one', counts: true },
)

function start() {
  const clock = new FakeClock()
  const broker = new MemoryBroker({ clock })
  const heard = new Heard()
  broker.start('node', heard)
  return { clock, broker, heard }
}

it('has told its node of everything when a call returns', () => {
  const { broker, heard } = start()
  broker.subscribe(['orders'])
  broker.watch('orders')

  const { position } = broker.publish('orders', '1', { history: RULE })
  broker.acknowledge({ channel: 'orders', device: 'phone', position: position ?? expect.fail() }, 1_000)
  broker.control('hello')

  expect(heard.publications).toHaveLength(1)
  expect(heard.acknowledgements).toHaveLength(1)
  expect(heard.controls).toEqual(['hello'])
})

it('has kept a publication, and knows its id, when the node hears of it', () => {
  const broker = new MemoryBroker({ clock: new FakeClock() })
  const seen: unknown[] = []
  class Asks extends Heard {
    override publication(): number {
      seen.push(broker.history('orders', ALL).position.offset)
      seen.push(broker.publish('orders', '2', { history: RULE, id: 'x' }).isDuplicate)
      return 1
    }
  }
  broker.start('node', new Asks())
  broker.subscribe(['orders'])

  broker.publish('orders', '1', { history: RULE, id: 'x' })

  expect(seen).toEqual([1, true])
})

it('remembers an id for as long as it must, and no longer', async () => {
  const { broker, clock } = start()
  const publish = (channel: string) => broker.publish(channel, '1', { history: RULE, id: 'x' }).isDuplicate
  publish('a')
  await clock.advance(ID_TTL_MS - 10)
  publish('b')
  await clock.advance(9)
  const last = publish('a')
  await clock.advance(1)

  const after = publish('a')
  await clock.advance(ID_TTL_MS - 11)

  expect([last, after, publish('b'), publish('a')]).toEqual([true, false, true, true])
  await clock.advance(1)
  expect(publish('b')).toBe(false)
})

it.each([0.1, 0.3, 0.49, 0.51, 0.7, 0.99])(
  'remembers an id as long though others came %d of that time before it',
  async (part) => {
    const { broker, clock } = start()
    const publish = (channel: string) => broker.publish(channel, '1', { history: RULE, id: 'x' }).isDuplicate
    publish('earlier')
    await clock.advance(part * ID_TTL_MS)
    publish('orders')
    await clock.advance(ID_TTL_MS - 1)
    publish('later')

    const last = publish('orders')
    await clock.advance(1)

    expect([last, publish('orders')]).toEqual([true, false])
  },
)

it('lets time pass by the clock that never jumps', async () => {
  const { broker, clock } = start()
  broker.publish('orders', '1', { history: RULE })
  clock.jump(30 * DAY_MS)
  clock.jump(-60 * DAY_MS)
  await clock.advance(999)

  const before = broker.history('orders', ALL)
  await clock.advance(1)

  expect(before.publications).toHaveLength(1)
  expect(broker.history('orders', ALL)).toMatchObject({ publications: [], isComplete: false })
})

it('continues a channel’s life for a week after it was last used, and then begins another', async () => {
  const { broker, clock } = start()
  const { position } = broker.publish('orders', '1', { history: RULE })
  await clock.advance(7 * DAY_MS - 1_000)
  const used = broker.history('orders', { ...ALL, limit: 0 })
  await clock.advance(7 * DAY_MS - 1_000)
  const still = broker.history('orders', { ...ALL, limit: 0, since: position })
  await clock.advance(7 * DAY_MS)

  const next = broker.history('orders', { ...ALL, since: position })

  expect([used.position, still.position]).toEqual([position, position])
  expect(still.isComplete).toBe(true)
  expect(next).toMatchObject({ position: { offset: 0 }, publications: [], isComplete: false })
  expect(next.position.epoch).not.toBe(position?.epoch)
})

it('continues a channel’s life for as long as its rule says, or a cursor in it lasts', async () => {
  const { broker, clock } = start()
  const rule = { size: 1, ttlMs: 30 * DAY_MS }
  const ruled = broker.publish('ruled', '1', { history: rule })
  const read = broker.publish('read', '1', { history: RULE })
  const position = read.position ?? expect.fail()
  broker.acknowledge({ channel: 'read', device: 'phone', position }, rule.ttlMs)
  await clock.advance(30 * DAY_MS - 1)

  expect(broker.history('ruled', { limit: 1, rule }).position).toEqual(ruled.position)
  expect(broker.cursor('read', 'phone')).toEqual(position)
})

it('never gives a life the name of another, not even of another process', () => {
  const brokers = [start().broker, start().broker]
  const channels = Array.from({ length: 100 }, (_, index) => `channel ${index}`)

  const epochs = brokers.flatMap((broker) =>
    channels.map((channel) => broker.history(channel, ALL).position.epoch),
  )

  expect(new Set(epochs).size).toBe(200)
})

it('serves one node', () => {
  const { broker } = start()

  expect(() => broker.start('another', new Heard())).toThrow(
    expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error,
  )
})

it('does nothing more after it was closed, and says so', () => {
  const { broker, heard } = start()
  broker.subscribe(['orders'])
  broker.close()
  const closed = expect.objectContaining({ code: 'CLOSED', delivery: 'not_sent' }) as Error
  const position = { offset: 0, epoch: '' }

  expect(() => broker.publish('orders', '1')).toThrow(closed)
  expect(() => broker.start('node', heard)).toThrow(closed)
  expect(() => broker.subscribe([])).toThrow(closed)
  expect(() => broker.history('orders', ALL)).toThrow(closed)
  expect(() => broker.acknowledge({ channel: 'orders', device: 'phone', position }, 1)).toThrow(closed)
  expect(() => broker.cursor('orders')).toThrow(closed)
  expect(() => broker.watch('orders')).toThrow(closed)
  expect(() => broker.enter('orders', [], 1)).toThrow(closed)
  expect(() => broker.present('orders')).toThrow(closed)
  expect(() => broker.presence('orders')).toThrow(closed)
  expect(() => broker.control('x')).toThrow(closed)
  expect(() => broker.keep('x', 'y', 1)).toThrow(closed)
  expect(() => broker.read('x')).toThrow(closed)
  expect(() => broker.take('x')).toThrow(closed)
  expect(heard.publications).toEqual([])
})

it('lets who goes after it was closed go in peace', () => {
  const { broker } = start()
  broker.close()

  expect(() => broker.unsubscribe(['orders'])).not.toThrow()
  expect(() => broker.unwatch('orders')).not.toThrow()
  expect(() => broker.leave('orders', 'phone')).not.toThrow()
  expect(() => broker.close()).not.toThrow()
})
