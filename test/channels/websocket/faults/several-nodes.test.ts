import { expect, it } from 'vitest'
import { connectFakeDevice, type FakeDeviceOptions } from '../../../../src/channels/websocket/fake.ts'
import type { AcknowledgementEvent } from '../../../../src/channels/websocket/index.ts'
import { describeOnRedis } from '../../../redis/support.ts'
import { startNode, type NodeOptions } from '../support/node.ts'

/** No two tests share a user. */
let tests = 0
const fresh = () => `user-${++tests}`
type Node = Awaited<ReturnType<typeof startNode>>
const join = (node: Node, user: string, options: FakeDeviceOptions = {}) =>
  connectFakeDevice(node.url, { token: node.driver.issueToken({ user }), ...options })

describeOnRedis('several processes over one Redis', (on) => {
  const start = (options?: NodeOptions) => startNode(on.server.port, options)

  it('reach each other’s clients, and a process without a server reaches all', async () => {
    await using one = await start()
    await using two = await start()
    await using worker = await start({ server: false })
    const user = fresh()
    await using device = await join(one, user)

    const results = [
      await two.notify.send('push', { to: { user }, title: 'from two' }),
      await worker.notify.send('push', { to: { user }, title: 'from the worker' }),
      await one.notify.send('push', { to: { user }, title: 'from one' }),
    ]

    await device.received(3)
    expect(device.publications.map(({ data }) => data.title)).toEqual([
      'from two',
      'from the worker',
      'from one',
    ])
    for (const result of results) {
      expect(result).toMatchObject({
        status: 'sent',
        receipt: { outcome: 'published', nodes: 1, connections: null },
      })
    }
  })

  it('know when somebody is connected nowhere', async () => {
    await using one = await start()
    await using worker = await start({ server: false })
    const user = fresh()

    const stored = await worker.notify.send('push', { to: { user }, title: 'later' })
    const dropped = await worker.notify.send('push', { to: { user }, title: 'now or never', store: false })
    await using device = await join(one, user)

    expect(stored).toMatchObject({ status: 'sent', receipt: { outcome: 'stored', nodes: 0, connections: 0 } })
    expect(dropped).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
    expect(device.publications.map(({ data }) => data.title)).toEqual(['later'])
  })

  it('hear of an acknowledgement wherever it arrives, also after the client went elsewhere', async () => {
    const acknowledged: AcknowledgementEvent[] = []
    await using one = await start()
    await using two = await start({ onAcknowledged: (event) => void acknowledged.push(event) })
    const user = fresh()
    const before = await join(one, user)

    const sending = one.notify.send('push', {
      to: { user },
      title: 'important',
      confirm: 'ack',
      within: '10s',
    })
    await before.received(1)
    before.drop()
    await using after = await join(two, user, { device: 'phone' })
    await after.acknowledge()

    expect(await sending).toMatchObject({ receipt: { outcome: 'acked', acked: { device: 'phone' } } })
    expect(acknowledged).toMatchObject([{ user, device: 'phone', offset: 1 }])
  })

  it('count together to how many connections a message was written', async () => {
    await using one = await start()
    await using two = await start()
    await using worker = await start({ server: false })
    const user = fresh()
    await using first = await join(one, user)
    await using second = await join(two, user)
    await using third = await join(two, user)

    const result = await worker.notify.send('push', {
      to: { user },
      title: 'all of you',
      confirm: 'written',
      within: '5s',
    })

    await Promise.all([first, second, third].map((device) => device.received(1)))
    expect(result).toMatchObject({ receipt: { outcome: 'written', nodes: 2, connections: 3 } })
  })

  it('publish a message once, though many of them send it at a time under one key', async () => {
    await using one = await start()
    await using two = await start()
    const user = fresh()
    await using device = await join(one, user)
    const options = { idempotencyKey: `shipped-${user}` }

    const sends = Array.from({ length: 50 }, (_, i) =>
      (i % 2 ? one : two).notify.send('push', { to: { user }, title: 'once' }, options),
    )
    const results = await Promise.all(sends)

    await device.received(1)
    await device.settled()
    expect(device.publications).toHaveLength(1)
    for (const result of results) expect(result).toMatchObject({ status: 'sent', receipt: { offset: 1 } })
  })

  it('end a user’s connections, or one of them, wherever they are', async () => {
    await using one = await start()
    await using two = await start()
    const user = fresh()
    await using device = await join(one, user)
    await using other = await join(one, user)

    const single = await two.driver.disconnect({ client: device.client })
    const isOtherOpen = other.isOpen
    const all = await two.driver.disconnect({ user, reconnect: true })

    expect([single, isOtherOpen, all]).toEqual([1, true, 1])
    expect(await device.closed).toMatchObject({ code: 3503 })
    expect(await other.closed).toMatchObject({ code: 3011 })
  })

  it('see who is in a channel, wherever they are connected', async () => {
    const rules = { namespaces: { room: { presence: true, joinLeave: true } }, authorizeChannel: () => true }
    await using one = await start(rules)
    await using two = await start(rules)
    const [ann, ben] = [fresh(), fresh()]
    await using first = await join(one, ann)
    await first.subscribe('room:1')

    await using second = await join(two, ben)
    await second.subscribe('room:1')

    const told = await second.command('presence', { channel: 'room:1' })
    const stats = await first.command('presence_stats', { channel: 'room:1' })
    const users = Object.values((told as { presence: Record<string, { user: string }> }).presence).map(
      ({ user }) => user,
    )
    expect(users.sort()).toEqual([ann, ben].sort())
    expect(stats).toEqual({ num_clients: 2, num_users: 2 })
  })

  it('count a user’s devices together', async () => {
    await using one = await start()
    await using two = await start()
    const user = fresh()
    await using first = await join(one, user)
    await using second = await join(two, user)

    expect(await one.driver.devicesOf(user)).toBe(2)
    expect([first.isOpen, second.isOpen]).toEqual([true, true])
  })

  it('subscribe at Redis only to what their own clients are in', async () => {
    await using one = await start()
    await using two = await start()
    const [ann, ben] = [fresh(), fresh()]
    await using first = await join(one, ann)
    await using second = await join(two, ben)

    const result = await one.notify.send('push', { to: { user: ben }, title: 'hi' })

    await second.received(1)
    await first.settled()
    expect(result).toMatchObject({ receipt: { nodes: 1 } })
    expect(one.driver.stats().publications).toBe(0)
    expect(two.driver.stats().publications).toBe(1)
  })
})
