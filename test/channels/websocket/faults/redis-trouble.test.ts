import { once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { connectFakeDevice, type FakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { startFaultProxy } from '../../../support/fault-proxy.ts'
import { startRedis } from '../../../support/redis-server.ts'
import { describeOnRedis } from '../../../redis/support.ts'
import { startNode } from '../support/node.ts'

type Node = Awaited<ReturnType<typeof startNode>>

const USER = '1001'
const CHANNEL = `#${USER}`
const join = (node: Node, options: object = {}) =>
  connectFakeDevice(node.url, { token: node.driver.issueToken({ user: USER }), ...options })
const tell = (node: Node, title: string) => node.notify.send('push', { to: { user: USER }, title })
const titlesOf = ({ publications }: FakeDevice) => publications.map(({ data }) => data.title)

/** Says something until it goes out: a Redis that has just come back is not reached at once. */
async function tellAtLast(node: Node, title: string) {
  if (node.redis.status !== 'ready') await once(node.redis, 'ready')
  expect(await tell(node, title)).toMatchObject({ status: 'sent' })
}

describeOnRedis('Redis in trouble', () => {
  it('that comes back empty makes no stale replay: clients are told of the gap, and get what is said since', async () => {
    const redis = await startRedis()
    await using one = await startNode(redis.port)
    await using two = await startNode(redis.port)
    await using device = await join(one)
    await tell(two, 'before')
    await tell(two, 'before too')
    await device.received(2)

    await redis.restart()
    await tellAtLast(two, 'since')
    await device.received(3)

    expect(titlesOf(device)).toEqual(['before', 'before too', 'since'])
    expect(device.gaps).toMatchObject([{ channel: CHANNEL }])
    expect(device.isOpen).toBe(true)
    await redis.stop()
  })

  it('that comes back with its append-only file has lost nothing, and no client need connect again', async () => {
    const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    await using one = await startNode(redis.port)
    await using two = await startNode(redis.port)
    await using device = await join(one)
    await tell(two, 'one')
    await device.received(1)

    await redis.restart()
    await tellAtLast(two, 'two')
    await tellAtLast(two, 'three')
    await device.received(3)

    expect(titlesOf(device)).toEqual(['one', 'two', 'three'])
    expect(device.gaps).toEqual([])
    expect(device.positions[CHANNEL]).toMatchObject({ offset: 3 })
    await redis.stop()
  })

  it('that comes back with what it had a while ago: clients are told of the gap, and get what is said since', async () => {
    const redis = await startRedis()
    await using one = await startNode(redis.port)
    await using two = await startNode(redis.port)
    await using device = await join(one)
    await tell(two, 'saved')
    await two.redis.save()
    await tell(two, 'lost by Redis')
    await device.received(2)

    await redis.restart()
    await expect.poll(() => device.gaps.length, { timeout: 15_000, interval: 5 }).toBe(1)
    await tellAtLast(two, 'since')
    await device.received(3)

    expect(titlesOf(device)).toEqual(['saved', 'lost by Redis', 'since'])
    expect(device.gaps).toHaveLength(1)
    await redis.stop()
  })

  it('that one process cannot reach for a while: its clients get what they missed, in order, when it can again', async () => {
    const redis = await startRedis()
    await using line = await startFaultProxy(redis.port)
    await using cutOff = await startNode(line.port)
    await using other = await startNode(redis.port)
    await using device = await join(cutOff)
    await tell(other, 'one')
    await device.received(1)

    line.refuse()
    line.cut()
    for (const title of ['two', 'three', 'four']) await tell(other, title)
    const meanwhile = titlesOf(device)
    line.accept()
    await device.received(4)

    expect(meanwhile).toEqual(['one'])
    expect(titlesOf(device)).toEqual(['one', 'two', 'three', 'four'])
    expect(device.gaps).toEqual([])
    expect(cutOff.driver.stats().heals).toBe(1)
    await redis.stop()
  })

  it('whose line is dead without a sign: its clients get what they missed once that shows', async () => {
    const redis = await startRedis()
    await using line = await startFaultProxy(redis.port)
    await using cutOff = await startNode(line.port, { timeoutMs: 300 })
    await using other = await startNode(redis.port)
    await using device = await join(cutOff)

    line.blackhole()
    const unheard = await tell(cutOff, 'unheard')
    await tell(other, 'one')
    line.cut()
    line.thaw()
    await device.received(1)

    expect(unheard).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'unknown' } })
    expect(titlesOf(device)).toContain('one')
    expect(device.gaps).toEqual([])
    await redis.stop()
  })

  it('that cannot be reached fails a send as one that may be tried again, and leaves connections alone', async () => {
    const redis = await startRedis()
    await using node = await startNode(redis.port)
    await using device = await join(node)

    await redis.kill()
    const first = await tell(node, 'unheard')
    const result =
      first.status === 'failed' && first.error.delivery === 'unknown' ? await tell(node, 'again') : first

    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'UNAVAILABLE', delivery: 'not_sent', retryable: true },
    })
    await device.settled()
    expect(device.isOpen).toBe(true)
    await redis.stop()
  })

  it('that cannot be reached turns a new client away for a while, not for good', async () => {
    const redis = await startRedis()
    await using node = await startNode(redis.port, { timeoutMs: 200 })
    await redis.kill()

    const refused = join(node)

    await expect(refused).rejects.toMatchObject({ code: 100 })
    await redis.restart()
    await tellAtLast(node, 'welcome')
    // The line that publishes may be back before the one that subscribes.
    await using device = await vi.waitFor(() => join(node), { timeout: 10_000 })
    expect(await device.received(1)).toMatchObject([{ data: { title: 'welcome' } }])
    await redis.stop()
  })
})
