import { expect, it } from 'vitest'
import { connectFakeDevice, type FakeDevice } from '../../../src/channels/websocket/fake.ts'
import type { DisconnectionEvent } from '../../../src/channels/websocket/index.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { startHub } from './support/hub.ts'
import { upgrade } from './support/raw-peer.ts'

/** One ping, its pong read by the hub, and the time for it over. */
async function beat(hub: Awaited<ReturnType<typeof startHub>>, device: FakeDevice): Promise<void> {
  const pinged = device.pinged(device.pings + 1)
  await hub.clock.advance(17_000)
  await pinged
  await device.settled()
  await hub.clock.advance(8_000)
}

it('keeps a device that answers, for as long as it does', async () => {
  await using hub = await startHub()
  const device = await hub.join('1001')
  await hub.clock.advance(8_000)

  for (let round = 0; round < 4; round++) await beat(hub, device)

  expect(device.pings).toBe(4)
  expect(hub.driver.connections).toBe(1)
})

it('ends a device that does not answer, and says 3012 to the hook', async () => {
  const left: DisconnectionEvent[] = []
  await using hub = await startHub({ onDisconnect: (event) => left.push(event) })
  const device = await hub.join('1001')
  device.stopPonging()

  await hub.clock.advance(25_000 + 8_000 + 250)

  await device.closed
  await expect.poll(() => left).toMatchObject([{ user: '1001', client: device.client, code: 3012 }])
  expect(hub.driver.connections).toBe(0)
})

it('finds a half-open connection within ping + pong + 250 ms, counts it until then, and loses nothing of it', async () => {
  await using hub = await startHub()
  await using proxy = await startFaultProxy(hub.port)
  const token = hub.driver.issueToken({ user: '1001' })
  const device = await connectFakeDevice(`ws://127.0.0.1:${proxy.port}/push`, { token })
  proxy.blackhole()

  const before = await hub.notify.send('push', { to: { user: '1001' }, title: 'Into the void' })
  await hub.clock.advance(25_000 + 8_000 + 250)
  await expect.poll(() => hub.driver.connections).toBe(0)
  const after = await hub.notify.send('push', { to: { user: '1001' }, title: 'Nobody there' })
  const back = await hub.join('1001')

  expect(before).toMatchObject({
    status: 'sent',
    receipt: { outcome: 'published', stored: true, connections: 1 },
  })
  expect(after).toMatchObject({ status: 'sent', receipt: { outcome: 'stored', connections: 0 } })
  expect(await back.received(2)).toMatchObject([
    { data: { title: 'Into the void' } },
    { data: { title: 'Nobody there' } },
  ])
  device.drop()
})

it('kills nobody when the wall clock jumps', async () => {
  await using hub = await startHub({ pingMs: 10_000, pongMs: 5_000 })
  await hub.join('1001')

  hub.clock.jump(86_400_000)
  await hub.clock.advance(9_000)
  hub.clock.jump(-2 * 86_400_000)
  await hub.clock.advance(500)

  expect(hub.driver.connections).toBe(1)
})

it('spreads the pings of devices that came at once over many ticks', async () => {
  await using hub = await startHub()
  const devices = await Promise.all(Array.from({ length: 20 }, () => hub.join('1001')))

  await hub.clock.advance(25_000 - 10 * 250)
  await Promise.all(devices.map((device) => device.settled()))

  const pinged = devices.filter(({ pings }) => pings > 0).length
  expect(pinged).toBeGreaterThan(5)
  expect(pinged).toBeLessThan(15)
})

it('closes with 3502 whoever says nothing, and frees its place', async () => {
  await using hub = await startHub({ maxUnauthenticated: 1 })
  const silent = await upgrade(hub.port)
  expect((await upgrade(hub.port)).head[0]).toBe('HTTP/1.1 503 Service Unavailable')

  await hub.clock.advance(10_000)

  expect(await silent.closeCode).toBe(3502)
  silent.socket.end()
  await expect.poll(async () => (await upgrade(hub.port)).head[0]).toBe('HTTP/1.1 101 Switching Protocols')
})
