/** After thousands of connections have come and gone, the hub is what it was before. */
import { expect, it } from 'vitest'
import { heapUsed } from '../../../support/heap-used.ts'
import { startHub } from '../support/hub.ts'
import { command, frame, upgrade, type RawPeer } from '../support/raw-peer.ts'

const BATCH = 50
const USERS = 500
const CYCLES = 5_000
/** 200 bytes for each connection; whatever stays of one takes more. */
const MAX_GROWTH_BYTES = 200 * CYCLES

const endings: readonly ((peer: RawPeer) => void)[] = [
  ({ socket }) => socket.destroy(),
  ({ socket }) => socket.resetAndDestroy(),
  ({ socket }) => socket.end(),
  (peer) => peer.send(frame(8, Buffer.from([0x03, 0xe8]))),
]

it('keeps nothing of connections that came, subscribed, and went in all ways', async () => {
  await using hub = await startHub({
    authorizeChannel: () => true,
    connectionsPerSecond: 10 * CYCLES,
    maxConnectionsPerIp: 10 * BATCH,
  })
  const cycle = async (n: number) => {
    const name = n % USERS
    const token = hub.driver.issueToken({ user: `user-${name}`, channels: [`of-${name}`] })
    const peer = await upgrade(hub.port, {
      frames: [command(1, 'connect', { token }), command(2, 'subscribe', { channel: `topic-${name}` })],
    })
    await peer.received(2)
    const gone = new Promise((resolve) => peer.socket.once('close', resolve))
    endings[n % endings.length]?.(peer)
    await gone
  }
  const run = async (count: number) => {
    for (let n = 0; n < count; n += BATCH)
      await Promise.all(Array.from({ length: BATCH }, (_, k) => cycle(n + k)))
    await expect.poll(() => hub.driver.connections).toBe(0)
    // A channel outlives its last subscriber a little, for whoever comes back at once.
    await hub.clock.advance(60_000)
  }
  await run(2 * USERS)
  const before = await heapUsed()

  await run(CYCLES)
  const after = await heapUsed()

  expect(hub.driver.stats()).toMatchObject({ connections: 0, channels: 0, bufferedBytes: 0 })
  expect(hub.clock.pending).toBe(0)
  expect(after - before).toBeLessThan(MAX_GROWTH_BYTES)
}, 240_000)
