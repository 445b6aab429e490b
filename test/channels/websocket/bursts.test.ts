/** Much that is said in one turn of the event loop, to peers that read. */
import { expect, it } from 'vitest'
import { startHub } from './support/hub.ts'
import { command, upgrade } from './support/raw-peer.ts'

const KILOBYTE = 'x'.repeat(1_000)

it('does not take a client for slow because much is said to it at once', async () => {
  await using hub = await startHub({
    maxBufferedBytes: 65_536,
    user: { history: { size: 200, ttlMs: 60_000 } },
  })
  const device = await hub.join('1001')

  const message = { to: { user: '1001' }, body: KILOBYTE } as const
  const results = await Promise.all(Array.from({ length: 200 }, () => hub.notify.send('push', message)))
  await device.settled()

  expect(
    results.filter((result) => result.status === 'sent' && result.receipt.outcome !== 'published'),
  ).toEqual([])
  expect(device.publications).toHaveLength(200)
})

it('leaves nothing droppable out for a client that reads, however much is said at once', async () => {
  await using hub = await startHub({ dropAboveBytes: 16_384 })
  const device = await hub.join('1001')

  const message = { to: { all: true }, body: KILOBYTE, droppable: true } as const
  await Promise.all(Array.from({ length: 200 }, () => hub.notify.send('push', message)))
  await device.settled()

  expect(hub.driver.stats().dropped).toBe(0)
  expect(device.publications).toHaveLength(200)
})

it('lets a client read all that it missed, though it is more than may wait, while more is said', async () => {
  const MIB = 1_048_576
  await using hub = await startHub({ maxBufferedBytes: 65_536, maxOutboundBytes: MIB })
  for (let n = 0; n < 12; n++)
    await hub.notify.send('push', { to: { user: '1001' }, body: 'x'.repeat(MIB - 200) })
  const peer = await upgrade(hub.port)
  peer.socket.pause()
  peer.send(command(1, 'connect', { token: hub.driver.issueToken({ user: '1001' }) }))
  await expect.poll(() => hub.driver.connections).toBe(1)
  await expect.poll(() => hub.driver.stats().bufferedBytesMax).toBeGreaterThan(65_536)

  await hub.notify.send('push', { to: { user: '1001' }, title: 'Meanwhile' })
  peer.socket.resume()

  const frames = await peer.received(2)
  expect(String(frames[1]?.payload)).toContain('Meanwhile')
  peer.socket.destroy()
})
