import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { MemoryBroker } from '../../../src/channels/websocket/broker/memory-broker.ts'
import { websocketConfig } from '../../../src/channels/websocket/config.ts'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { Hub } from '../../../src/channels/websocket/hub.ts'
import { FakeClock } from '../../../src/testing/index.ts'

it('forgets the channels and timers of connections that have gone, however they went', async () => {
  const clock = new FakeClock()
  const config = websocketConfig.parse({
    authenticate: ({ token = '' }: { token?: string }) => ({ user: token, channels: [`of-${token}`] }),
    authorizeChannel: () => true,
    maxConnectionsPerUser: 2,
  })
  const hub = new Hub(config, clock, new MemoryBroker({ clock }))
  await hub.start()
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', clientTracking: false })
  await once(server, 'listening')
  const place = { authenticated: () => undefined, leave: () => undefined }
  server.on('connection', (ws, request) => {
    hub.admit({ ws, socket: request.socket, request, ip: '', place })
  })
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`

  for (const [turn, user] of ['a', 'b', 'a', 'a', 'c', 'b', 'b', 'd'].entries()) {
    const device = await connectFakeDevice(url, { token: user })
    await device.subscribe(`topic-${turn}`)
    if (turn % 3 === 0) await device.close()
    else if (turn % 3 === 1) device.drop()
  }
  expect(hub.channels.size).toBeGreaterThan(1)
  expect(hub.wheel.pending).toBeGreaterThan(1)
  await hub.drain()

  expect(hub.channels.size).toBe(0)
  expect(hub.wheel.pending).toBe(0)
  expect(clock.pending).toBe(0)
  server.close()
})
