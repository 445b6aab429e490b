import fc from 'fast-check'
import { WebSocket } from 'ws'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Frame } from '../../../src/channels/websocket/frame.ts'
import { startHub } from './support/hub.ts'
import { command, frame, RawPeer, TEXT, upgrade } from './support/raw-peer.ts'

const continuations = Array.from({ length: 200 }, () => frame(0, '', 0x00))

describe('a peer that breaks RFC 6455 is closed with the code for it', () => {
  it.each<[string, number, readonly Buffer[]]>([
    ['text that is not UTF-8', 1007, [frame(TEXT, Buffer.from([0xc3, 0x28]))]],
    ['a frame without a mask', 1002, [Buffer.from([0x81, 0x02, 0x7b, 0x7d])]],
    ['a reserved opcode', 1002, [frame(3, 'x')]],
    ['a bit of an extension nobody agreed to', 1002, [frame(TEXT, 'x', 0xc1)]],
    ['a frame announced as too large, refused on its head', 1009, [oversizedHead()]],
    ['a ping of 126 bytes', 1002, [frame(9, Buffer.alloc(126))]],
    ['a close code that is never sent', 1002, [frame(8, Buffer.from([0x03, 0xed]))]],
    ['a flood of empty fragments', 1008, [frame(TEXT, '', 0x01), ...continuations]],
    ['a continuation of nothing', 1002, [frame(0, 'x')]],
  ])('%s', async (_wrong, code, frames) => {
    await using hub = await startHub()
    const peer = await upgrade(hub.port)

    peer.send(...frames)

    expect(await peer.closeCode).toBe(code)
    peer.socket.destroy()
  })

  it('a frame of text as large as allowed is read', async () => {
    await using hub = await startHub({ maxInboundBytes: 2_048 })
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, {
      frames: [command(1, 'connect', { token, data: 'x'.repeat(1_500) })],
    })

    const [reply] = await peer.received(1)

    expect(JSON.parse(String(reply?.payload))).toMatchObject({ id: 1, connect: { ping: 25, pong: true } })
    peer.socket.destroy()
  })
})

function oversizedHead(): Buffer {
  const head = Buffer.alloc(14)
  head[0] = 0x81
  head[1] = 0xff
  head.writeBigUInt64BE(65_537n, 2)
  return head
}

describe('any bytes at all', () => {
  it('leave the hub serving everybody else', async () => {
    await using hub = await startHub({ maxConnectionsPerIp: 10_000, maxUnauthenticated: 10_000 })
    const healthy = await hub.join('1001')
    const peers: RawPeer[] = []

    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
        const peer = await upgrade(hub.port)
        peer.send(Buffer.from(bytes))
        peer.socket.end()
        peers.push(peer)
      }),
      { numRuns: 300 },
    )
    await Promise.all(peers.map((peer) => peer.closeCode))

    await hub.notify.send('push', { to: { user: '1001' }, title: 'Still here' })
    expect(await healthy.received(1)).toHaveLength(1)
  })
})

describe('a frame', () => {
  it('writes what every WebSocket client reads back, at every length class', async () => {
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536].map((length) => 'y'.repeat(length))
    const samples = [...texts, '你好 👋', ...fc.sample(fc.string({ unit: 'grapheme', maxLength: 200 }), 200)]
    const frames = samples.map((text) => new Frame(text).webSocket)
    const server = createServer((socket) => {
      socket.once('data', (request) => {
        const [, key = ''] = /sec-websocket-key: (.*)\r/i.exec(request.toString()) ?? []
        void acceptKey(key).then((accept) => {
          socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`)
          socket.write(`Sec-WebSocket-Accept: ${accept}\r\n\r\n`)
          for (const bytes of frames) socket.write(bytes)
        })
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const read: string[] = []
    const ws = new WebSocket(`ws://127.0.0.1:${port}`)
    await new Promise<void>((resolve, reject) => {
      ws.on('error', reject)
      ws.on('message', (data) => {
        read.push((data as Buffer).toString())
        if (read.length === samples.length) resolve()
      })
    })

    expect(read).toEqual(samples)
    ws.terminate()
    server.close()
  })
})

async function acceptKey(key: string): Promise<string> {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
  return Buffer.from(await crypto.subtle.digest('SHA-1', text)).toString('base64')
}
