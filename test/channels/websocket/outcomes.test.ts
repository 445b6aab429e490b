import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { redisBroker } from '../../../src/redis/index.ts'
import { describeOnRedis, ioredis } from '../../redis/support.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { startHub } from './support/hub.ts'

const USER = '1001'
const toUser = { to: { user: USER }, title: 'Your order has shipped' }

type Hub = Awaited<ReturnType<typeof startHub>>
const join = (hub: Hub, url = hub.url) =>
  hub.audience.join(url, { token: hub.driver.issueToken({ user: USER }), device: 'web' })

it('calls a message for somebody who is away stored, and one for somebody connected published', async () => {
  await using hub = await startHub()
  const away = await hub.notify.send('push', toUser)
  await join(hub)
  const here = await hub.notify.send('push', toUser)

  expect(away).toMatchObject({ status: 'sent', receipt: { outcome: 'stored', stored: true, connections: 0 } })
  expect(here).toMatchObject({
    status: 'sent',
    receipt: { outcome: 'published', stored: true, connections: 1 },
  })
  expect(here).toMatchObject({ receipt: { offset: 2, nodes: 1, duplicate: false } })
})

it('calls a message acked when a client says that it has it, and tells which device that was', async () => {
  await using hub = await startHub()
  const device = await join(hub)

  const sending = hub.notify.send('push', { ...toUser, confirm: 'ack', within: '5s' })
  const [publication] = await device.received(1)
  await device.acknowledge()

  expect(await sending).toMatchObject({
    status: 'sent',
    receipt: { outcome: 'acked', acked: { device: 'web' } },
  })
  expect(publication?.data).toMatchObject({ ack: true })
})

it('takes an acknowledgement of a later message for one of this, since what came before is had too', async () => {
  await using hub = await startHub()
  const device = await join(hub)

  const sending = hub.notify.send('push', { ...toUser, confirm: 'ack' })
  await hub.notify.send('push', toUser)
  await device.received(2)
  await device.acknowledge()

  expect(await sending).toMatchObject({ receipt: { outcome: 'acked' } })
})

it('takes no acknowledgement of an earlier message for one of this', async () => {
  await using hub = await startHub()
  const device = await join(hub)
  await hub.notify.send('push', toUser)

  const sending = hub.notify.send('push', { ...toUser, confirm: 'ack', within: '5s' })
  await device.received(2)
  await device.acknowledge(`#${USER}`, 1)
  await hub.clock.advance(5_000)

  expect(await sending).toMatchObject({ status: 'sent', receipt: { outcome: 'stored', stored: true } })
})

it('calls a message stored when nobody says in time that it has it, and sends it when they come', async () => {
  await using hub = await startHub()

  const sending = hub.notify.send('push', { ...toUser, confirm: 'ack', within: '2s' })
  await hub.clock.advance(2_000)
  const result = await sending
  const device = await join(hub)

  expect(result).toMatchObject({ status: 'sent', receipt: { outcome: 'stored', connections: 0 } })
  expect(device.publications).toMatchObject([{ data: { title: toUser.title } }])
})

it('never calls a message acked that went into a line which is dead without a sign', async () => {
  await using hub = await startHub()
  await using line = await startFaultProxy(hub.port)
  await join(hub, `ws://127.0.0.1:${line.port}/push`)
  line.blackhole()

  const sending = hub.notify.send('push', { ...toUser, confirm: 'ack', within: '5s' })
  await hub.clock.advance(5_000)
  const device = await join(hub)

  expect(await sending).toMatchObject({ receipt: { outcome: 'stored' } })
  expect(device.publications).toMatchObject([{ data: { title: toUser.title } }])
})

it('calls a message written when the operating system has taken it for a connection', async () => {
  await using hub = await startHub()
  await join(hub)

  const result = await hub.notify.send('push', { ...toUser, confirm: 'written' })

  expect(result).toMatchObject({ receipt: { outcome: 'written', connections: 1 } })
})

it('does not call a message written that waits behind others for somebody who reads no more', async () => {
  await using hub = await startHub({ maxBufferedBytes: 100_000_000, maxOutboundBytes: 10_000_000 })
  const device = await join(hub)
  device.stopReading()
  const body = 'x'.repeat(9_000_000)
  for (let i = 0; i < 3; i++) await hub.notify.send('push', { to: { user: USER }, body, store: false })

  const sending = hub.notify.send('push', { ...toUser, confirm: 'written' })
  await hub.clock.advance(1_000)

  expect(await sending).toMatchObject({ receipt: { outcome: 'stored', connections: 0 } })
})

it.each([
  ['an acknowledgement', { confirm: 'ack' as const }],
  ['to be stored', { store: true }],
  ['to take the place of others', { key: 'order-7' }],
  ['to be of use for a while', { ttl: '1h' }],
])('refuses a message to a topic that keeps nothing which asks for %s', async (_what, more) => {
  await using hub = await startHub()

  const result = await hub.notify.send('push', { to: { topic: 'news' }, title: 'Late', ...more })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'INVALID_MESSAGE', delivery: 'not_sent' } })
})

it('publishes a message once, however often it is sent under one idempotency key', async () => {
  await using hub = await startHub()
  const device = await join(hub)
  const options = { idempotencyKey: 'order-7-shipped' }

  const results = await Promise.all(
    Array.from({ length: 50 }, () => hub.notify.send('push', toUser, options)),
  )

  await device.settled()
  expect(device.publications).toHaveLength(1)
  expect(results.filter((result) => result.status === 'sent' && !result.receipt.duplicate)).toHaveLength(1)
  expect(new Set(results.map((result) => result.status === 'sent' && result.receipt.offset))).toEqual(
    new Set([1]),
  )
})

const toNews = { to: { topic: 'news' }, title: 'Sold out' }
const OFFLINE = { status: 'failed', error: { code: 'RECIPIENT_OFFLINE', delivery: 'not_sent' } }
const PUBLISHED = { status: 'sent', receipt: { outcome: 'published', stored: false, duplicate: false } }
const DUPLICATE = { status: 'sent', receipt: { outcome: 'published', stored: false, duplicate: true } }

/** A message to a topic that keeps nothing, twice before somebody is in it and twice after. */
async function sendBeforeAndAfterJoining(hub: Hub) {
  const send = () => hub.notify.send('push', toNews, { idempotencyKey: 'sold-out' })
  const before = [await send(), await send()]
  const device = await hub.join(USER, ['news'])
  const after = [await send(), await send()]
  await device.received(1)
  await device.settled()
  return { before, after, device }
}

it('publishes what was refused since nobody was there, when it is sent again under its idempotency key', async () => {
  await using hub = await startHub()

  const { before, after, device } = await sendBeforeAndAfterJoining(hub)

  expect(before).toMatchObject([OFFLINE, OFFLINE])
  expect(after).toMatchObject([PUBLISHED, DUPLICATE])
  expect(device.publications).toMatchObject([{ channel: 'news', data: { title: toNews.title } }])
})

it('refuses a message as often as it is sent, while only the connection that it came from is there', async () => {
  await using hub = await startHub()
  const author = await hub.join(USER, ['news'])
  const message = { ...toNews, exceptConnection: author.client }
  const send = () => hub.notify.send('push', message, { idempotencyKey: 'sold-out' })

  const alone = [await send(), await send()]
  const reader = await hub.join('2002', ['news'])
  const together = [await send(), await send()]

  await Promise.all([author.settled(), reader.settled()])
  expect(alone).toMatchObject([OFFLINE, OFFLINE])
  expect(together).toMatchObject([PUBLISHED, DUPLICATE])
  expect([author.publications.length, reader.publications.length]).toEqual([0, 1])
})

describeOnRedis('over Redis', (on) => {
  it('publishes what was refused since nobody was there, when it is sent again under its key', async () => {
    const client = (await on.open(ioredis)) as Redis
    await using hub = await startHub({ broker: redisBroker(client) })

    const { before, after, device } = await sendBeforeAndAfterJoining(hub)

    expect(before).toMatchObject([OFFLINE, OFFLINE])
    expect(after).toMatchObject([PUBLISHED, DUPLICATE])
    expect(device.publications).toMatchObject([{ channel: 'news', data: { title: toNews.title } }])
  })
})

it('leaves out the connection that a message came from', async () => {
  await using hub = await startHub()
  const author = await join(hub)
  const other = await join(hub)

  const result = await hub.notify.send('push', { ...toUser, exceptConnection: author.client })

  await Promise.all([author.settled(), other.settled()])
  expect(result).toMatchObject({ receipt: { connections: 1 } })
  expect([author.publications.length, other.publications.length]).toEqual([0, 1])
})

it('tells the application of every acknowledgement, and of who looked and who followed', async () => {
  const events: unknown[] = []
  await using hub = await startHub({
    onAcknowledged: (event) => void events.push(event),
    onEngagement: (event) => void events.push(event),
  })
  const device = await join(hub)
  await hub.notify.send('push', toUser)
  const [{ data } = { data: { id: '' } }] = await device.received(1)
  const { offset, epoch } = device.positions[`#${USER}`] ?? {}

  await device.acknowledge()
  await device.command('rpc', { method: 'seen', data: [[`#${USER}`, offset, epoch, data.id]] })
  await device.command('rpc', { method: 'clicked', data: [[`#${USER}`, offset, epoch, data.id]] })

  const who = { client: device.client, user: USER, device: 'web', channel: `#${USER}`, offset: 1 }
  expect(events).toEqual([
    who,
    { ...who, type: 'seen', messageId: data.id },
    { ...who, type: 'clicked', messageId: data.id },
  ])
})
