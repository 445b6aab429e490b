/** Connections that say nothing: as many as allowed, then no more, and none for longer than allowed. */
import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { upgrade, type RawPeer } from '../support/raw-peer.ts'

/** The default of maxUnauthenticated. */
const IDLE = 2_000

it('2,000 idle connections keep the next out with 503, serve whoever is known, and end with 3502 in time', async () => {
  await using hub = await startHub({ maxConnectionsPerIp: 3 * IDLE, connectionsPerSecond: 3 * IDLE })
  const known = await hub.join('1001')
  const idle: RawPeer[] = []
  for (let batch = 0; batch < IDLE / 100; batch += 1)
    idle.push(...(await Promise.all(Array.from({ length: 100 }, () => upgrade(hub.port)))))

  const oneMore = await upgrade(hub.port)
  await hub.notify.send('push', { to: { user: '1001' }, title: 'Served all the same' })
  await known.received(1)
  const statuses = new Set(idle.map(({ head }) => head[0]))
  await hub.clock.advance(10_000)
  const codes = await Promise.all(idle.map(({ closeCode }) => closeCode))
  for (const { socket } of idle) socket.destroy()

  expect(statuses).toEqual(new Set(['HTTP/1.1 101 Switching Protocols']))
  expect(oneMore.head[0]).toBe('HTTP/1.1 503 Service Unavailable')
  expect(new Set(codes)).toEqual(new Set([3502]))
  expect(hub.driver.connections).toBe(1)
  await expect.poll(async () => (await upgrade(hub.port)).head[0]).toBe('HTTP/1.1 101 Switching Protocols')
}, 60_000)
