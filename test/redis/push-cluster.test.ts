/** A broker over a Redis Cluster of several servers. */
import { Cluster, Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { PushNames, slotOf } from '../../src/redis/push-names.ts'
import { findRedisServer, startRedis, type RedisServer } from '../support/redis-server.ts'
import { HOST, Nodes, RULE } from './push-support.ts'

const SERVERS = 3
const SLOTS = 16_384
const names = new PushNames('notiwire:', {})

describe.skipIf(findRedisServer() === undefined && !process.env['CI'])('a broker over a cluster', () => {
  const nodes = new Nodes()
  const servers: RedisServer[] = []
  const controls: Redis[] = []

  beforeAll(async () => {
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      HOST,
      '--cluster-node-timeout',
      '1000',
    ]
    for (let index = 0; index < SERVERS; index += 1) {
      const server = await startRedis(...options, '--cluster-require-full-coverage', 'no')
      const control = new Redis({ host: HOST, port: server.port, retryStrategy: () => 50 }).on(
        'error',
        () => undefined,
      )
      const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / SERVERS))
      await control.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String((to ?? 0) - 1))
      if (servers[0]) await control.call('CLUSTER', 'MEET', HOST, String(servers[0].port))
      servers.push(server)
      controls.push(control)
    }
    await vi.waitFor(async () => expect(await knownSlots()).toEqual(Array(SERVERS).fill(SLOTS)), 30_000)
  })

  afterEach(() => nodes.close())

  afterAll(async () => {
    for (const control of controls) control.disconnect()
    for (const server of servers) await server.stop()
  })

  /** By each server. */
  async function knownSlots(): Promise<number[]> {
    const infos = await Promise.all(
      controls.map(async (control) => String(await control.call('CLUSTER', 'INFO'))),
    )
    return infos.map((info) => Number(/cluster_slots_ok:(\d+)/.exec(info)?.[1]))
  }

  const start = async () => {
    const client = new Cluster([{ host: HOST, port: servers[0]?.port ?? 0 }])
    await new Promise<void>((resolve) => void client.once('ready', () => resolve()))
    return await nodes.start(client)
  }

  /** One channel at each server, by its index. */
  const channels = Array.from({ length: SERVERS }, (_, server) => {
    const isThere = (name: string) =>
      Math.floor((slotOf(names.keysOf(name).meta) * SERVERS) / SLOTS) === server
    return Array.from({ length: 1_000 }, (__, n) => `a{b}c ${n}`.replace(' ', '-')).find(isThere) ?? ''
  })

  it('looks for names in the slots where Redis Cluster does', async () => {
    const [control] = controls
    const tricky = [
      'a',
      'foo{bar}zap',
      'foo{}{bar}',
      'foo{{bar}}zap',
      'x'.repeat(300),
      '手{机}',
      '{a',
      'a}b{c',
      'a{b}{c}',
    ]

    for (const name of tricky)
      expect(slotOf(name)).toBe(Number(await control?.call('CLUSTER', 'KEYSLOT', name)))
  })

  it('publishes, keeps and hears at each server, and knows how many nodes were told', async () => {
    const [one, two] = [await start(), await start()]
    await one.broker.subscribe(channels)
    await two.broker.subscribe(channels.slice(0, 1))

    const published = []
    for (const channel of channels) published.push(await two.broker.publish(channel, '1', { history: RULE }))
    for (const channel of channels) await one.heard.untilData(channel, '1')

    expect(published.map(({ nodes: told }) => told)).toEqual([2, 1, 1])
    expect(published.map(({ position }) => position?.offset)).toEqual([1, 1, 1])
    expect(await two.broker.control('hello')).toBe(2)
    expect(two.heard.publications).toHaveLength(1)
  })

  it('has a connection for subscriptions to those servers only that have its channels', async () => {
    const node = await start()
    await node.broker.subscribe(channels)
    const all = await subscribersAt()
    await node.broker.unsubscribe(channels)

    await node.broker.close()

    expect(all).toEqual([1, 1, 1])
    await expect.poll(() => subscribersAt()).toEqual([0, 0, 0])
  })

  it('goes on hearing where a slot is moved to another server', async () => {
    const [node, other] = [await start(), await start()]
    const [channel = ''] = channels
    await node.broker.subscribe([channel])
    const slot = slotOf(names.keysOf(channel).meta)
    const before = node.heard.resumes
    const resumed = node.heard.until(() => node.heard.resumes > before)

    await moveSlot(slot, { from: 0, to: 2 })
    await resumed

    await expect
      .poll(async () => (await other.broker.publish(channel, '1')).nodes, { timeout: 10_000 })
      .toBe(1)
    await node.heard.untilData(channel, '1')
    await moveSlot(slot, { from: 2, to: 0 })
  })

  it('finds a channel whose slot was moved before it was asked for', async () => {
    const node = await start()
    const [channel = '', stays = ''] = channels
    const slot = slotOf(names.keysOf(channel).meta)
    await moveSlot(slot, { from: 0, to: 2 })

    await node.broker.subscribe([stays, channel])
    const { nodes: told } = await node.broker.publish(channel, '1')
    await node.heard.untilData(channel, '1')
    const failures = [...node.heard.failures]

    await moveSlot(slot, { from: 2, to: 0 })
    expect(told).toBe(1)
    expect(failures).toEqual([])
  })

  it('subscribes again after a server was restarted, and goes on at the others meanwhile', async () => {
    const [node, other] = [await start(), await start()]
    await node.broker.subscribe(channels)
    const before = node.heard.resumes
    const resumed = node.heard.until(() => node.heard.resumes > before)
    const [first = '', second = ''] = channels

    await servers[0]?.kill()
    const meanwhile = await other.broker.publish(second, '1')
    await servers[0]?.restart()
    await resumed

    expect(meanwhile.nodes).toBe(1)
    await expect
      .poll(
        async () => (await Promise.resolve(other.broker.publish(first, '2')).catch(() => undefined))?.nodes,
        { timeout: 15_000 },
      )
      .toBe(1)
    await node.heard.untilData(first, '2')
  })

  async function subscribersAt(): Promise<number[]> {
    const lists = controls.map(async (control) =>
      String(await control.call('CLIENT', 'LIST', 'TYPE', 'pubsub')),
    )
    return (await Promise.all(lists)).map((list) => list.split('\n').filter((line) => line !== '').length)
  }

  /** With nothing in it. */
  async function moveSlot(slot: number, { from, to }: { from: number; to: number }): Promise<void> {
    const ids = await Promise.all(
      controls.map(async (control) => String(await control.call('CLUSTER', 'MYID'))),
    )
    const owner = ids[to] ?? ''
    await controls[to]?.call('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', ids[from] ?? '')
    await controls[from]?.call('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', owner)
    const keys = (await controls[from]?.call('CLUSTER', 'GETKEYSINSLOT', String(slot), '100')) as string[]
    if (keys.length > 0) {
      await controls[from]?.call('MIGRATE', HOST, String(servers[to]?.port), '', '0', '5000', 'KEYS', ...keys)
    }
    for (const control of [controls[to], controls[from], ...controls]) {
      await control?.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', owner)
    }
  }
})
