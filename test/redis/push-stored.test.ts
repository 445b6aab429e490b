/** What of a broker stands in Redis, where, and for how long. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { PushNames, slotOf } from '../../src/redis/push-names.ts'
import { Nodes, redisAt, RULE } from './push-support.ts'
import { describeOnRedis } from './support.ts'

const DAY_MS = 24 * 3_600_000

describe('the keys of a channel', () => {
  it('are in one slot, whatever its name and the prefixes, and so are its pub/sub channels', () => {
    const braces = fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b', ':') })
    const prefixes = braces.filter((text) => !text.includes('{}'))
    fc.assert(
      fc.property(braces, prefixes, (channel, prefix) => {
        const names = new PushNames(prefix, {})
        const keys = Object.values<string>({ ...names.keysOf(channel) })
        const all = [
          ...keys,
          names.idKey(channel, 'id'),
          names.publications(channel),
          names.acknowledgements(channel),
        ]

        expect(new Set(all.map(slotOf)).size).toBe(1)
        expect(new Set(all).size).toBe(all.length)
      }),
    )
  })

  it('are others than those of a channel that looks alike', () => {
    const names = new PushNames('p:', {})
    const channels = ['a', 'a{b}c', '{b}', '{}', '{', '}', 'a:meta', 'A']

    expect(new Set(channels.map((channel) => names.keysOf(channel).meta)).size).toBe(channels.length)
  })
})

describeOnRedis('what stands in Redis', (on) => {
  const nodes = new Nodes()
  afterEach(async () => {
    await nodes.close()
    await on.control.flushall()
  })

  it('all goes by itself, and what tells that something is missing goes last', async () => {
    const { broker } = nodes.make(redisAt(on.server.port))
    const { position } = await broker.publish('orders', '1', {
      history: { size: 5, ttlMs: 60_000 },
      id: 'x',
      key: 'k',
    })
    await broker.history('other', { limit: 0, rule: RULE })
    await broker.acknowledge(
      { channel: 'orders', device: 'd', position: position ?? { offset: 0, epoch: '' } },
      60_000,
    )
    await broker.enter('orders', [{ client: 'c', user: 'u' }], 60_000)
    await broker.keep('id', 'text', 60_000)

    const lives = new Map<string, number>()
    for (const key of await on.control.keys('*')) lives.set(key, await on.control.pttl(key))

    const long = [...lives].filter(([, ms]) => ms > 6 * DAY_MS).map(([key]) => key.split(':').at(-1))
    expect(lives.size).toBe(11)
    expect(long).toEqual(['meta', 'meta'])
    expect([...lives.values()].filter((ms) => ms <= 0 || ms > 7 * DAY_MS)).toEqual([])
    expect([...lives.values()].filter((ms) => ms > 300_000)).toHaveLength(2)
  })

  it('tells neither channels nor ids, devices and keys aside', async () => {
    const { broker } = nodes.make(redisAt(on.server.port))
    await broker.publish('#ann@example.com', '1', { history: RULE, id: 'id of ann' })
    await broker.enter('#ann@example.com', [{ client: 'c', user: 'u' }], 60_000)
    await broker.keep('ticket of ann', 'text of ann', 60_000)

    const keys = await on.control.keys('*')
    const text = await on.control.get(keys.find((key) => key.includes('text')) ?? '')

    expect(keys).toHaveLength(7)
    expect(keys.join()).not.toMatch(/ann|example/)
    expect(keys.every((key) => key.startsWith('notiwire:push:'))).toBe(true)
    expect(text).not.toContain('ann')
  })

  it('is nothing of what nobody was told and nobody will be', async () => {
    const { broker } = nodes.make(redisAt(on.server.port))

    await broker.publish('orders', '1', { id: 'x' })

    expect(await on.control.keys('*')).toEqual([])
  })

  it('is no more than the rule says, also under keys', async () => {
    const { broker } = nodes.make(redisAt(on.server.port), { timeoutMs: 20_000 })
    const history = { size: 10, ttlMs: 60_000 }
    const many = Array.from({ length: 500 }, (_, n) => n)
    await Promise.all(many.map(async (n) => await broker.publish('sizes', `${n}`, { history, key: `k${n}` })))
    await Promise.all(many.map(async (n) => await broker.publish('same', `${n}`, { history, key: 'k' })))

    const [log, same] = [await keyOf('sizes', 'log'), await keyOf('same', 'log')]

    expect([await on.control.zcard(log), await on.control.zcard(same)]).toEqual([10, 1])
    expect(await on.control.hlen(await keyOf('sizes', 'by-key'))).toBe(10)
    expect(await on.control.hlen(await keyOf('same', 'by-key'))).toBe(1)

    async function keyOf(channel: string, what: string): Promise<string> {
      const key = new PushNames('notiwire:', {}).keysOf(channel).meta.replace(/meta$/, what)
      expect(await on.control.exists(key)).toBe(1)
      return key
    }
  })

  it('and was thrown out for want of memory is missed, not taken for never there', async () => {
    const { broker } = nodes.make(redisAt(on.server.port))
    const { position: since } = await broker.publish('orders', '1', { history: RULE })
    await broker.publish('orders', '2', { history: RULE })
    const query = { limit: 10, rule: RULE, ...(since && { since }) }
    await on.control.del(new PushNames('notiwire:', {}).keysOf('orders').log)
    await broker.publish('orders', '3', { history: RULE })

    const history = await broker.history('orders', query)

    expect(history).toMatchObject({ isComplete: false, publications: [{ offset: 3, data: '3' }] })
  })

  it('of a life whose end was thrown out is not taken for a part of the next one', async () => {
    const { broker } = nodes.make(redisAt(on.server.port))
    await broker.publish('orders', '0', { history: RULE })
    const { position: old } = await broker.publish('orders', '1', { history: RULE, key: 'k' })
    await broker.acknowledge(
      { channel: 'orders', device: 'd', position: old ?? { offset: 0, epoch: '' } },
      60_000,
    )
    await on.control.del(new PushNames('notiwire:', {}).keysOf('orders').meta)

    const { position } = await broker.publish('orders', '2', { history: RULE, key: 'k' })
    const { publications } = await broker.history('orders', { limit: 10, rule: RULE })
    await broker.acknowledge(
      { channel: 'orders', device: 'e', position: position ?? { offset: 0, epoch: '' } },
      60_000,
    )

    expect(position).toMatchObject({ offset: 1 })
    expect(position?.epoch).not.toBe(old?.epoch)
    expect(publications).toEqual([{ offset: 1, data: '2' }])
    expect(await broker.cursor('orders', 'd')).toBeUndefined()
    expect(await broker.cursor('orders')).toEqual(position)
  })
})
