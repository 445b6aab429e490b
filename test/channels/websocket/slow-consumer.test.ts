import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { websocket, type DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../src/index.ts'
import { KEY, startHub } from './support/hub.ts'
import { command, upgrade } from './support/raw-peer.ts'

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

it('does not count the connection that it cuts off', async () => {
  await using hub = await startHub({ maxBufferedBytes: 1_024 })
  const slow = await hub.join('slow')
  slow.stopReading()

  const counts = new Set<unknown>()
  for (let sent = 0; sent < 500 && !counts.has('RECIPIENT_OFFLINE'); sent++) {
    const result = await hub.notify.send('push', { to: { user: 'slow' }, body: 'y'.repeat(60_000) })
    if (result.status === 'sent') counts.add(result.receipt.connections)
    if (result.status === 'failed') counts.add(result.error.code)
  }

  expect([...counts]).toEqual([1, 'RECIPIENT_OFFLINE'])
})

it('does not count a connection whose close the hub has not heard of yet', async () => {
  await using hub = await startHub()
  await hub.join('1001')

  hub.driver.disconnect({ user: '1001' })
  const result = await hub.notify.send('push', { to: { user: '1001' }, title: 'Too late' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
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
  const result = await notify.send('push', { to: { user: '1001' }, title: 'Too late' })

  expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
  await device.closed
  await notify.close()
  server.close()
})

it('writes nothing after a close frame', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001' })
  const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
  await peer.received(1)
  const sends = Array.from({ length: 20 }, (_, turn) => {
    if (turn === 10) hub.driver.disconnect({ user: '1001' })
    return hub.notify.send('push', { to: { all: true }, title: `Number ${turn}` })
  })

  const results = await Promise.all(sends)

  await peer.closeCode
  expect(peer.frames.map(({ opcode }) => opcode)).toEqual([1, ...Array<number>(10).fill(1), 8])
  expect(results.filter(({ status }) => status === 'sent')).toHaveLength(10)
  peer.socket.destroy()
})
