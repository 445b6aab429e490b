import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { websocket, type DisconnectionEvent } from '../../../../src/channels/websocket/index.ts'
import { FakeClock } from '../../../../src/testing/index.ts'
import { KEY, startHub } from '../support/hub.ts'
import { openStream, post, requestStream, ticketFor, type Stream } from './support/stream.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const open = async (hub: Hub, user = '1001') =>
  openStream(hub.port, { ticket: await hub.driver.issueTicket({ user }) })

/** What was queued in this turn has gone to the system by then, as far as that takes it. */
const written = () => setImmediate()

async function watchedHub(overrides: Parameters<typeof startHub>[0] = {}) {
  const left: DisconnectionEvent[] = []
  const hub = await startHub({ ...overrides, onDisconnect: (event) => left.push(event) })
  return { hub, left, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() }
}

it('frees everything when the reader goes away', async () => {
  await using watched = await watchedHub({ maxConnectionsPerIp: 1 })
  const { hub, left } = watched
  const stream = await open(hub)

  stream.close()
  await expect.poll(() => left).toHaveLength(1)

  expect(left).toMatchObject([{ user: '1001', ip: '127.0.0.1', code: 1006, reason: '' }])
  expect(hub.driver.stats()).toMatchObject({ connections: 0, channels: 0 })
  expect(hub.clock.pending).toBe(0)
  const next = await open(hub)
  next.close()
})

it('tells who is disconnected why, and ends', async () => {
  await using watched = await watchedHub()
  const { hub, left } = watched
  const [one, other] = [await open(hub), await open(hub, '1002')]

  const ended = await hub.driver.disconnect({ user: '1001' })
  await one.ended

  expect(ended).toBe(1)
  expect(one.pushes).toEqual([{ disconnect: { code: 3503, reason: 'force disconnect' } }])
  expect(left).toMatchObject([{ user: '1001', code: 3503 }])
  expect(hub.driver.connectionsOf('1002')).toBe(1)
  other.close()
})

it('writes what was said before it tells that it ends, and nothing after', async () => {
  await using hub = await startHub()
  const stream = await open(hub)
  const say = (title: string) => hub.notify.send('push', { to: { all: true }, title })

  await Promise.all(['First', 'Second', 'Third'].map(say))
  await hub.driver.disconnect({ user: '1001' })
  const late = await say('Too late')
  await stream.ended

  expect(stream.publications.map(({ pub }) => pub.data['title'])).toEqual(['First', 'Second', 'Third'])
  expect(stream.pushes.slice(3)).toEqual([{ disconnect: { code: 3503, reason: 'force disconnect' } }])
  expect(late).toMatchObject({ error: { code: 'RECIPIENT_OFFLINE' } })
})

it('closes the oldest device, of whichever kind, where a user has too many', async () => {
  await using hub = await startHub({ maxConnectionsPerUser: 2 })
  const oldest = await open(hub)
  const device = await hub.join('1001')

  const newest = await open(hub)
  await oldest.ended

  expect(oldest.pushes).toEqual([{ disconnect: { code: 3504, reason: 'connection limit' } }])
  expect(device.isOpen).toBe(true)
  expect(hub.driver.connectionsOf('1001')).toBe(2)
  newest.close()
})

it('ends with the token that the ticket was given for', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001', ttlMs: 60_000 })
  const stream = await openStream(hub.port, { ticket: await ticketFor(hub.port, token) })

  await hub.clock.advance(60_000 + 25_250)
  await stream.ended

  expect(stream.connect.ttl).toBe(60)
  expect(stream.pushes).toEqual([{ disconnect: { code: 3005, reason: 'connection expired' } }])
})

it('ends after a day, when nobody would know its session any more', async () => {
  await using hub = await startHub({
    pingMs: 86_400_000,
    pongMs: 1_000,
    authenticate: () => ({ user: '1001' }),
  })
  const stream = await openStream(hub.port, { ticket: await ticketFor(hub.port, '') })

  expect(stream.connect.ttl).toBe(86_400)
  stream.close()
})

it('ends by the id of the token', async () => {
  await using hub = await startHub({ authenticate: () => ({ user: '1001', tokenId: 'jti-1' }) })
  const stream = await openStream(hub.port, { ticket: await ticketFor(hub.port, '') })

  await hub.driver.disconnect({ tokenId: 'jti-1', reconnect: true })
  await stream.ended

  expect(stream.pushes).toEqual([{ disconnect: { code: 3011, reason: 'force reconnect' } }])
})

it('drains: tells every stream to come back, refuses new ones meanwhile, and keeps no timer', async () => {
  await using watched = await watchedHub({ drainMs: 10_000 })
  const { hub, left } = watched
  const ticket = await hub.driver.issueTicket({ user: '1001' })
  const token = hub.driver.issueToken({ user: '1001' })
  // Three steps of 50 ms, of which the first is taken at once.
  const streams: Stream[] = []
  while (streams.length < 101) streams.push(await open(hub, `user-${streams.length}`))

  const closing = hub.driver.close()
  const [stream, answer] = [
    await requestStream(hub.port, { ticket }),
    await post(hub.port, '/push/ticket', { body: { token } }),
  ]
  while (left.length < streams.length) await hub.clock.advance(50)
  await closing

  expect([stream.status, stream.response.headers['retry-after']]).toEqual([503, '2'])
  expect([answer.status, answer.body]).toEqual([503, { code: 3001, message: 'shutdown' }])
  for (const { pushes } of streams)
    expect(pushes).toEqual([{ disconnect: { code: 3001, reason: 'shutdown' } }])
  expect(left.every(({ code }) => code === 3001)).toBe(true)
  expect(hub.clock.pending).toBe(0)
})

it('opens no stream whose ticket was being looked up when it was closed', async () => {
  const broker = new MemoryBroker({ clock: new FakeClock() })
  const take = broker.take.bind(broker)
  const looked: (() => void)[] = []
  Object.assign(broker, {
    take: async (id: string) => {
      const text = take(id)
      await new Promise<void>((resolve) => looked.push(resolve))
      return text
    },
  })
  const driver = websocket({ jwt: { keys: [KEY] }, broker })
  const server = createServer(driver.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asking = requestStream(port, { ticket: await driver.issueTicket({ user: '1001' }) })
  await expect.poll(() => looked).toHaveLength(1)

  await driver.close()
  looked[0]?.()
  const { status } = await asking

  expect(status).toBe(503)
  server.close()
})

it('does not wait for a reader that never takes the last word', async () => {
  await using hub = await startHub({ maxBufferedBytes: 16_777_216 })
  const stream = await open(hub)
  stream.stopReading()
  while (hub.driver.stats().bufferedBytes < 1_000_000) {
    await hub.notify.send('push', { to: { all: true }, body: 'y'.repeat(60_000) })
    await written()
  }

  let isClosed = false
  const closing = hub.driver.close().then(() => {
    isClosed = true
  })
  await hub.clock.advance(999)
  const isWaiting = !isClosed
  await hub.clock.advance(1)
  await closing

  expect(isWaiting).toBe(true)
  expect(hub.driver.connections).toBe(0)
  stream.close()
})

it('cuts off a reader that has stopped, once too much waits for it, and nobody else', async () => {
  await using watched = await watchedHub()
  const { hub, left } = watched
  const [healthy, slow] = [await open(hub, 'healthy'), await open(hub, 'slow')]
  slow.stopReading()

  let sent = 0
  while (left.length === 0 && sent < 2_000) {
    await hub.notify.send('push', { to: { all: true }, body: 'y'.repeat(30_000) })
    await healthy.received(1 + ++sent)
  }

  expect(left).toMatchObject([{ user: 'slow', code: 3008, reason: 'slow' }])
  expect(hub.driver.connectionsOf('slow')).toBe(0)
  expect(healthy.publications).toHaveLength(sent)
  healthy.close()
  slow.close()
})

it('leaves droppable messages out for a reader that has fallen behind', async () => {
  await using hub = await startHub({ dropAboveBytes: 65_536, maxBufferedBytes: 16_777_216 })
  const stream = await open(hub)
  stream.stopReading()

  while (hub.driver.stats().dropped === 0) {
    await hub.notify.send('push', { to: { all: true }, body: 'y'.repeat(60_000), droppable: true })
    await written()
  }

  expect(hub.driver.stats().bufferedBytes).toBeLessThan(200_000)
  expect(hub.driver.connections).toBe(1)
  stream.close()
})

it('sends the messages of one turn in one call to the system', async () => {
  await using hub = await startHub()
  const stream = await open(hub)
  const before = hub.driver.stats()

  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      hub.notify.send('push', { to: { all: true }, title: `Number ${n}` }),
    ),
  )
  await stream.received(11)

  const after = hub.driver.stats()
  expect(after.frames - before.frames).toBe(10)
  expect(after.writes - before.writes).toBe(1)
  stream.close()
})

it('does not take a reader for slow because much is said to it at once', async () => {
  await using hub = await startHub({ maxBufferedBytes: 65_536 })
  const stream = await open(hub)
  const message = { to: { user: '1001' }, body: 'x'.repeat(1_000) } as const

  const results = await Promise.all(Array.from({ length: 200 }, () => hub.notify.send('push', message)))

  await stream.received(200)
  expect(results.every((result) => result.status === 'sent' && result.receipt.outcome === 'published')).toBe(
    true,
  )
  stream.close()
})
