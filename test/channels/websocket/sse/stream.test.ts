import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { websocket } from '../../../../src/channels/websocket/index.ts'
import { KEY, startHub } from '../support/hub.ts'
import { openStream, requestStream, ticketFor, type Stream } from './support/stream.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const open = async (hub: Hub, options: Parameters<typeof openStream>[1] = {}) =>
  openStream(hub.port, { ...options, ticket: await hub.driver.issueTicket({ user: '1001' }) })

const send = (hub: Hub, title: string) => hub.notify.send('push', { to: { user: '1001' }, title })

const titlesOf = (publications: unknown) =>
  (publications as { data: { title: string } }[]).map(({ data }) => data.title)

const missedBy = (stream: Stream) => titlesOf(stream.connect.subs['#1001']?.['publications'] ?? [])
const heardBy = (stream: Stream) => titlesOf(stream.publications.map(({ pub }) => pub))

it('answers as proxies and browsers need it, at once', async () => {
  await using hub = await startHub({ authorizeChannel: () => new Promise(() => undefined) })
  const ticket = await hub.driver.issueTicket({ user: '1001' })

  // The hook never answers: the head must not wait for it.
  const stream = await requestStream(hub.port, { ticket, subs: { orders: {} } })
  await expect.poll(() => stream.retry).toBe(2_000)

  expect(stream.status).toBe(200)
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'transfer-encoding': 'chunked',
    connection: 'close',
  })
  expect(stream.response.headers).not.toHaveProperty('access-control-allow-origin')
  stream.close()
})

it('begins with who it is and where its channels are', async () => {
  await using hub = await startHub({ pingMs: 20_500 })

  const stream = await open(hub)

  expect(stream.connect).toMatchObject({ ping: 21, pong: false, version: 'notiwire' })
  expect(stream.connect.session).toMatch(/^[\w-]{32}$/)
  expect(stream.connect.client).not.toBe(stream.connect.session)
  expect(stream.connect.subs['#1001']).toMatchObject({ recoverable: true, positioned: true, offset: 0 })
  stream.close()
})

it('carries messages as they are sent, those of the user with an id to go on from', async () => {
  await using hub = await startHub()
  const stream = await open(hub)
  const { epoch } = stream.connect.subs['#1001'] as { epoch: string }

  await hub.notify.send('push', { to: { user: '1001' }, title: 'Line\nbreak' })
  await hub.notify.send('push', { to: { all: true }, title: 'To everyone' })
  await stream.received(3)

  expect(heardBy(stream)).toEqual(['Line\nbreak', 'To everyone'])
  expect(stream.events.map(({ id }) => id)).toEqual([`${epoch}.0`, `${epoch}.1`, undefined])
  stream.close()
})

it('counts as a connection that a message was queued to', async () => {
  await using hub = await startHub()
  const stream = await open(hub)
  const device = await hub.join('1001')

  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Both', confirm: 'written' })

  expect(result).toMatchObject({ status: 'sent', receipt: { outcome: 'written', connections: 2 } })
  expect(hub.driver.stats()).toMatchObject({ connections: 2, connects: 2 })
  await device.close()
  stream.close()
})

it('sends what nobody has acknowledged to a client that has no position', async () => {
  await using hub = await startHub()
  await send(hub, 'First')
  await send(hub, 'Second')

  const stream = await open(hub)

  expect(missedBy(stream)).toEqual(['First', 'Second'])
  expect(stream.connect.subs['#1001']).toMatchObject({ was_recovering: true, recovered: true, offset: 2 })
  stream.close()
})

it('sends what was missed since the position in subs', async () => {
  await using hub = await startHub()
  const first = await open(hub)
  const { epoch } = first.connect.subs['#1001'] as { epoch: string }
  await send(hub, 'Heard')
  await first.received(2)
  first.close()
  await send(hub, 'Missed')

  const stream = await open(hub, { subs: { '#1001': { recover: true, offset: 1, epoch } } })
  await send(hub, 'Live')
  await stream.received(2)

  expect(missedBy(stream)).toEqual(['Missed'])
  expect(heardBy(stream)).toEqual(['Live'])
  stream.close()
})

it('sends what was missed since the Last-Event-ID, also that of the connect event', async () => {
  await using hub = await startHub()
  const first = await open(hub)
  const beginning = first.lastEventId
  await send(hub, 'First')
  await send(hub, 'Second')
  await first.received(3)
  first.close()

  const [fromBeginning, fromFirst] = [
    await open(hub, { headers: { 'last-event-id': beginning } }),
    await open(hub, { headers: { 'last-event-id': beginning.replace(/0$/, '1') } }),
  ]

  expect(missedBy(fromBeginning)).toEqual(['First', 'Second'])
  expect(missedBy(fromFirst)).toEqual(['Second'])
  fromBeginning.close()
  fromFirst.close()
})

it('believes subs rather than the Last-Event-ID', async () => {
  await using hub = await startHub()
  const first = await open(hub)
  const { epoch } = first.connect.subs['#1001'] as { epoch: string }
  await send(hub, 'First')
  await send(hub, 'Second')
  first.close()

  const stream = await open(hub, {
    subs: { '#1001': { recover: true, offset: 1, epoch } },
    headers: { 'last-event-id': `${epoch}.0` },
  })

  expect(missedBy(stream)).toEqual(['Second'])
  stream.close()
})

it.each(['nonsense', 'other-epoch.1'])(
  'says so where it cannot go on from there: %s',
  async (lastEventId) => {
    await using hub = await startHub()
    await send(hub, 'First')

    const stream = await open(hub, { headers: { 'last-event-id': lastEventId } })

    const isPosition = lastEventId !== 'nonsense'
    expect(stream.connect.subs['#1001']).toMatchObject({ was_recovering: true, recovered: !isPosition })
    stream.close()
  },
)

it('pings every ping seconds, and takes silence for what it is', async () => {
  await using hub = await startHub({ pingMs: 10_000, pongMs: 2_000 })
  const stream = await open(hub)

  for (let ping = 1; ping <= 3; ping++) {
    await hub.clock.advance(10_250)
    await stream.received(1 + ping)
  }

  expect(stream.events.slice(1)).toEqual([{ data: {} }, { data: {} }, { data: {} }])
  expect(hub.driver.connections).toBe(1)
  stream.close()
})

it('subscribes to the topics that the ticket names and those that the hook allows, and tells of the others', async () => {
  const asked: unknown[] = []
  await using hub = await startHub({
    authorizeChannel: (request) => {
      asked.push(request)
      return request.channel === 'news'
    },
  })
  const token = hub.driver.issueToken({ user: '1001', channels: ['orders'] })
  const ticket = await ticketFor(hub.port, token)

  const stream = await openStream(hub.port, {
    ticket,
    subs: { orders: {}, news: {}, staff: {}, '#1002': {}, '@all': {} },
  })
  await stream.received(3)
  await hub.notify.send('push', { to: { topic: 'news' }, title: 'Allowed' })
  await hub.notify.send('push', { to: { user: '1002' }, title: 'Of another' })
  await hub.notify.send('push', { to: { topic: 'orders' }, title: 'Named' })
  await stream.received(5)

  expect(Object.keys(stream.connect.subs)).toEqual(['#1001', '@all', 'orders', 'news'])
  expect(stream.pushes.slice(0, 2)).toEqual([
    { channel: 'staff', unsubscribe: { code: 103, reason: 'permission denied' } },
    { channel: '#1002', unsubscribe: { code: 103, reason: 'permission denied' } },
  ])
  expect(heardBy(stream)).toEqual(['Allowed', 'Named'])
  expect(asked).toEqual(['news', 'staff'].map((channel) => ({ user: '1001', channel, data: undefined })))
  stream.close()
})

it('allows no topic that nobody was asked about', async () => {
  await using hub = await startHub()

  const stream = await open(hub, { subs: { orders: {} } })
  await stream.received(2)

  expect(stream.pushes).toEqual([
    { channel: 'orders', unsubscribe: { code: 103, reason: 'permission denied' } },
  ])
  stream.close()
})

it('allows no more topics than a connection may have', async () => {
  const asked: string[] = []
  await using hub = await startHub({
    maxChannels: 2,
    authorizeChannel: ({ channel }) => {
      asked.push(channel)
      return true
    },
  })

  const stream = await open(hub, { subs: { a: {}, b: {}, c: {}, d: {} } })
  await stream.received(3)

  expect(Object.keys(stream.connect.subs)).toEqual(['#1001', '@all', 'a', 'b'])
  expect(stream.pushes).toEqual(
    ['c', 'd'].map((channel) => ({ channel, unsubscribe: { code: 106, reason: 'limit exceeded' } })),
  )
  expect(asked).toEqual(['a', 'b'])
  stream.close()
})

it('goes on in a topic that keeps its messages', async () => {
  await using hub = await startHub({
    authorizeChannel: () => true,
    namespaces: { orders: { history: { size: 10, ttlMs: 60_000 } } },
  })
  const first = await open(hub, { subs: { 'orders:1': {} } })
  const { epoch } = first.connect.subs['orders:1'] as { epoch: string }
  first.close()
  await hub.notify.send('push', { to: { topic: 'orders:1' }, title: 'Missed' })

  const stream = await open(hub, { subs: { 'orders:1': { recover: true, offset: 0, epoch } } })

  expect(titlesOf(stream.connect.subs['orders:1']?.['publications'])).toEqual(['Missed'])
  stream.close()
})

it('ends a subscription that is allowed for a time, and tells that it may be asked for again', async () => {
  await using hub = await startHub({
    authorizeChannel: () => ({ expiresAt: Date.UTC(2026, 10, 23) + 60_000 }),
  })
  const stream = await open(hub, { subs: { orders: {} } })

  await hub.clock.advance(60_000 + 25_250)
  await expect.poll(() => stream.pushes).toHaveLength(1)

  expect(stream.pushes).toEqual([
    { channel: 'orders', unsubscribe: { code: 2501, reason: 'subscription expired' } },
  ])
  stream.close()
})

it.each(['[]', '7', '"text"', '{', 'null'])(
  'refuses subs that are none, and keeps the ticket: %s',
  async (subs) => {
    await using hub = await startHub()
    const ticket = await hub.driver.issueTicket({ user: '1001' })

    const refused = await requestStream(hub.port, { ticket, subs })
    const stream = await requestStream(hub.port, { ticket })

    expect([refused.status, stream.status]).toEqual([400, 200])
    stream.close()
  },
)

it('refuses subs of more than 16 KiB, where the server takes such a long URL at all', async () => {
  const driver = websocket({ jwt: { keys: [KEY] } })
  const server = createServer({ maxHeaderSize: 65_536 }, driver.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const subsOf = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`

  const [largest, tooLarge] = [
    await requestStream(port, { ticket: await driver.issueTicket({ user: '1001' }), subs: subsOf(16_384) }),
    await requestStream(port, { ticket: await driver.issueTicket({ user: '1001' }), subs: subsOf(16_385) }),
  ]

  expect([largest.status, tooLarge.status]).toEqual([200, 400])
  largest.close()
  await driver.close()
  server.close()
})
