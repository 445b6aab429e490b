/** What is announced costs nothing; only what has come does. */
import { describe, expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { command, frame, TEXT, upgrade, type RawPeer } from '../support/raw-peer.ts'

const MIB = 1_048_576

/** The head of a masked text frame of so many bytes, which never come. */
function announcing(bytes: bigint, first = 0x81): Buffer {
  const head = Buffer.alloc(14)
  head[0] = first
  head[1] = 0xff
  head.writeBigUInt64BE(bytes, 2)
  return head
}

/** Memory outside of the heap: where buffers are. */
const bufferMemory = () => process.memoryUsage().arrayBuffers

describe('a frame that is announced as too large is refused on its head, with 1009', () => {
  it.each([65_537n, 1_048_576n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n, 2n ** 63n - 1n])(
    '%i bytes',
    async (bytes) => {
      await using hub = await startHub()
      const peer = await upgrade(hub.port)

      peer.send(announcing(bytes))

      expect(await peer.closeCode).toBe(1009)
      peer.socket.destroy()
    },
  )

  it('also by a client that has shown its token', async () => {
    await using hub = await startHub({ maxInboundBytes: 1_024 })
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
    await peer.received(1)

    peer.send(announcing(1_025n))

    expect(await peer.closeCode).toBe(1009)
    peer.socket.destroy()
  })

  it('also where the fragments of a message are too large only together', async () => {
    await using hub = await startHub()
    const peer = await upgrade(hub.port)
    const half = 'x'.repeat(40_000)

    peer.send(frame(TEXT, half, 0x01), frame(0, half, 0x80))

    expect(await peer.closeCode).toBe(1009)
    peer.socket.destroy()
  })
})

describe('nothing is put aside for bytes that have not come', () => {
  it.each([
    ['of a frame that is refused', 2n ** 30n],
    ['of a frame that may come', 65_536n],
  ])('%s', async (_which, bytes) => {
    await using hub = await startHub()
    const healthy = await hub.join('1001')
    const before = bufferMemory()
    let peers: RawPeer[] = []

    for (let n = 0; n < 100; n += 1) peers.push(await upgrade(hub.port))
    for (const peer of peers) peer.send(announcing(bytes))
    await hub.notify.send('push', { to: { user: '1001' }, title: 'All heads were read' })
    await healthy.received(1)
    await healthy.settled()

    expect(bufferMemory() - before).toBeLessThan(4 * MIB)
    for (const peer of peers) peer.socket.destroy()
    peers = []
  })
})
