import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { websocket, type DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../src/index.ts'
import { KEY, startHub } from './support/hub.ts'
import { command, frame, upgrade } from './support/raw-peer.ts'

it('cuts off a device that does not read, once too much waits for it, and nobody else', async () => {
  const left: DisconnectionEvent[] = []
  await using hub = await startHub({ onDisconnect: (event) => left.push(event) })
  const healthy = await hub.join('healthy')
  const slow = await hub.join('slow')
  slow.stopReading()

  let sent = 0
  while (left.length === 0 && sent < 2_000) {
    await hub.notify.send('push', { to: { all: true }, body: 'y'.repeat(30_000) })
    await healthy.received(++sent)
  }

  expect(left).toMatchObject([{ user: 'slow', code: 3008, reason: 'slow' }])
  expect(hub.driver.connectionsOf('slow')).toBe(0)
  expect(hub.driver.connectionsOf('healthy')).toBe(1)
  expect(healthy.publications).toHaveLength(sent)
})

it('leaves out what is droppable for a device that has fallen behind, and sends it the rest', async () => {
  await using hub = await startHub({ maxBufferedBytes: 16_777_216, dropAboveBytes: 65_536 })
  const healthy = await hub.join('healthy')
  const slow = await hub.join('slow')
  slow.stopReading()
  const send = (type: string) =>
    hub.notify.send('push', {
      to: { all: true },
      type,
      body: 'y'.repeat(60_000),
      droppable: type === 'cursor',
    })

  let rounds = 0
  while (hub.driver.stats().dropped === 0 && rounds < 500) {
    await send('order')
    await send('cursor')
    await healthy.received(2 * ++rounds)
  }
  const { dropped } = hub.driver.stats()
  slow.resumeReading()
  const types = (await slow.received(2 * rounds - 1)).map(({ data }) => data.type)

  expect(dropped).toBe(1)
  expect(types.filter((type) => type === 'order')).toHaveLength(rounds)
  expect(types.at(-1)).toBe('order')
  expect(hub.driver.connectionsOf('slow')).toBe(1)
})

it('cuts off for what is not droppable alone', async () => {
  await using hub = await startHub({ maxBufferedBytes: 131_072, dropAboveBytes: 65_536 })
  const slow = await hub.join('slow')
  slow.stopReading()
  const message = { to: { user: 'slow' }, body: 'y'.repeat(60_000), store: false, droppable: true }

  const codes = new Set<unknown>()
  while (codes.size === 0) {
    const result = await hub.notify.send('push', message)
    if (result.status === 'failed') codes.add(result.error.code)
  }
  for (let sent = 0; sent < 20; sent++) await hub.notify.send('push', message)
  const droppableAlone = hub.driver.connectionsOf('slow')
  for (let sent = 0; sent < 3; sent++) await hub.notify.send('push', { ...message, droppable: false })

  expect([...codes]).toEqual(['RECIPIENT_OFFLINE'])
  expect(droppableAlone).toBe(1)
  expect(hub.driver.connectionsOf('slow')).toBe(0)
})

it('does not count the connection that it cuts off', async () => {
  await using hub = await startHub({ maxBufferedBytes: 1_024 })
  const slow = await hub.join('slow')
  slow.stopReading()

  const counts = new Set<unknown>()
  for (let sent = 0; sent < 500 && !counts.has('RECIPIENT_OFFLINE'); sent++) {
    const message = { to: { user: 'slow' }, body: 'y'.repeat(60_000), store: false }
    const result = await hub.notify.send('push', message)
    if (result.status === 'sent') counts.add(result.receipt.connections)
    if (result.status === 'failed') counts.add(result.error.code)
  }

  expect([...counts]).toEqual([1, 'RECIPIENT_OFFLINE'])
})

it('does not count a connection whose close the hub has not heard of yet', async () => {
  await using hub = await startHub()
  await hub.join('1001')

  await hub.driver.disconnect({ user: '1001' })
  const results = [
    await hub.notify.send('push', { to: { user: '1001' }, title: 'Too late', store: false }),
    await hub.notify.send('push', { to: { user: '1001' }, title: 'Too late, and kept' }),
  ]

  expect(results).toMatchObject([
    { status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } },
    { status: 'sent', receipt: { outcome: 'stored', connections: 0 } },
  ])
})

it('does not count a socket that was destroyed in this very turn', async () => {
  const server = createServer()
  const sockets: Duplex[] = []
  const driver = websocket({ jwt: { keys: [KEY] } })
  driver.attach(server)
  server.on('upgrade', (_request, socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
  })
  const { port } = server.address() as AddressInfo
  const token = driver.issueToken({ user: '1001' })
  const device = await connectFakeDevice(`ws://127.0.0.1:${port}/push`, { token })

  sockets[0]?.destroy()
  const results = await Promise.all([
    notify.send('push', { to: { user: '1001' }, title: 'Too late', store: false }),
    notify.send('push', { to: { user: '1001' }, title: 'Too late, and kept' }),
  ])

  expect(results).toMatchObject([
    { status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } },
    { status: 'sent', receipt: { outcome: 'stored', connections: 0 } },
  ])
  await device.closed
  await notify.close()
  server.close()
})

it('still sends what was said before a peer’s close was read', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001' })
  const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
  await peer.received(1)
  await hub.notify.verify()

  // The close waits to be read, and what is said now would leave only after that.
  const result = await new Promise((resolve) =>
    setImmediate(() => {
      peer.send(frame(8, Buffer.from([3, 232])))
      resolve(hub.notify.send('push', { to: { user: '1001' }, title: 'Hi', store: false }))
    }),
  )

  expect(result).toMatchObject({ status: 'sent', receipt: { outcome: 'published', connections: 1 } })
  await peer.closeCode
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, 1, 8])
  peer.socket.destroy()
})

it('writes nothing after a close frame', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001' })
  const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
  await peer.received(1)
  const sendTen = () =>
    Promise.all(Array.from({ length: 10 }, () => hub.notify.send('push', { to: { all: true }, title: 'Hi' })))
  await hub.notify.verify()
  const { writes } = hub.driver.stats()

  const early = await sendTen()
  await hub.driver.disconnect({ user: '1001' })
  const late = await sendTen()

  // All of it in one turn: what was said before the close left with it, in one call to the system.
  expect(hub.driver.stats().writes).toBe(writes + 1)
  expect(early.map(({ status }) => status)).toEqual(Array(10).fill('sent'))
  expect(late.map(({ status }) => status)).toEqual(Array(10).fill('failed'))
  await peer.closeCode
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, ...Array<number>(10).fill(1), 8])
  peer.socket.destroy()
})
