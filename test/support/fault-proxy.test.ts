import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/index.ts'
import { startFaultProxy, type FaultProxyOptions } from './fault-proxy.ts'

const MIB = 1_048_576

/** One end of a line, and what it has heard. */
class End {
  readonly socket: Socket
  received = 0
  text = ''
  error: string | undefined
  isEnded = false
  readonly closed: Promise<void>

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length
      if (chunk.length < 1_000) this.text += chunk.toString()
    })
    socket.on('end', () => (this.isEnded = true))
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code))
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  async says(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.socket, 'data')
  }

  async gets(bytes: number): Promise<void> {
    while (this.received < bytes) await once(this.socket, 'data')
  }
}

async function startLine(options: FaultProxyOptions = {}) {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startFaultProxy((server.address() as AddressInfo).port, '127.0.0.1', options)
  const sockets: Socket[] = []
  const open = () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    sockets.push(socket)
    return new End(socket)
  }
  const join = async () => {
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const client = open()
    const [socket] = await accepted
    sockets.push(socket)
    return { client, target: new End(socket) }
  }
  return {
    proxy,
    open,
    join,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Turns of the loop in which everything that can move has moved. */
async function untilStill(measure: () => number): Promise<void> {
  for (let still = 0, last = measure(); still < 200; still += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (measure() !== last) still = 0
    last = measure()
  }
}

it('passes on what both ends say, and that one of them has ended', async () => {
  await using line = await startLine()
  const { client, target } = await line.join()

  client.socket.end('question')
  await target.says('question')
  if (!target.isEnded) await once(target.socket, 'end')
  target.socket.end('answer')
  await Promise.all([client.closed, target.closed])

  expect(client.text).toBe('answer')
  expect([client.error, target.error]).toEqual([undefined, undefined])
  await expect.poll(() => line.proxy.connections).toBe(0)
})

it('stops both ways as a black hole, keeps the sockets open, and passes on what waited when thawed', async () => {
  await using line = await startLine()
  const { client, target } = await line.join()

  line.proxy.blackhole()
  client.socket.end('up')
  target.socket.write('down')
  await untilStill(() => client.received + target.received + Number(target.isEnded))

  expect([client.text, target.text, target.isEnded]).toEqual(['', '', false])
  expect(line.proxy.connections).toBe(1)
  line.proxy.thaw()
  await Promise.all([target.says('up'), client.says('down')])
  if (!target.isEnded) await once(target.socket, 'end')
})

it('tells the other end of no reset while it is a black hole', async () => {
  await using line = await startLine()
  const { client, target } = await line.join()
  line.proxy.blackhole()

  client.socket.resetAndDestroy()
  await untilStill(() => Number(target.socket.destroyed))
  expect(target.socket.destroyed).toBe(false)
  line.proxy.thaw()

  await target.closed
  expect(target.error).toBe('ECONNRESET')
})

it('is a black hole for those who come later, too', async () => {
  await using line = await startLine()
  line.proxy.blackhole()
  const { client, target } = await line.join()

  client.socket.write('hello')
  await untilStill(() => target.received)

  expect(target.text).toBe('')
})

it.each(['up', 'down'] as const)('freezes one direction, %s, and leaves the other', async (direction) => {
  await using line = await startLine()
  const { client, target } = await line.join()
  const [frozen, free] = direction === 'up' ? [target, client] : [client, target]

  line.proxy.freeze(direction)
  client.socket.write('from the client')
  target.socket.write('from the target')
  await free.says('from the')
  await untilStill(() => frozen.received)

  expect(frozen.text).toBe('')
})

it('lets no more wait in it than the buffers of a socket hold', async () => {
  await using line = await startLine()
  const { client, target } = await line.join()
  const total = 96 * MIB
  target.socket.pause()

  client.socket.write(Buffer.alloc(total))
  await untilStill(() => client.socket.writableLength)
  const onTheWay = total - client.socket.writableLength
  target.socket.resume()
  await target.gets(total)

  // The kernel's own buffers of two loopback connections, and the little the proxy reads ahead.
  expect(onTheWay).toBeLessThan(32 * MIB)
  expect(client.socket.writableLength).toBe(0)
})

it('lets so many bytes a second through as it is told, and all of them when thawed', async () => {
  const clock = new FakeClock()
  await using line = await startLine({ clock })
  const { client, target } = await line.join()

  line.proxy.throttle(1_000)
  client.socket.write(Buffer.alloc(5_000))
  await untilStill(() => target.received)
  const before = target.received
  await clock.advance(100)
  await untilStill(() => target.received)
  const afterTenth = target.received
  await clock.advance(900)
  await untilStill(() => target.received)

  expect([before, afterTenth, target.received]).toEqual([0, 100, 1_000])
  line.proxy.thaw()
  await target.gets(5_000)
  expect(clock.pending).toBe(0)
})

it('saves up nothing for a line that was idle', async () => {
  const clock = new FakeClock()
  await using line = await startLine({ clock })
  const { client, target } = await line.join()

  line.proxy.throttle(1_000)
  await clock.advance(60_000)
  client.socket.write(Buffer.alloc(5_000))
  await untilStill(() => target.received)

  expect(target.received).toBeLessThan(50)
})

it('cuts every connection with a reset that both ends hear', async () => {
  await using line = await startLine()
  const lines = [await line.join(), await line.join()]
  for (const { client, target } of lines) {
    client.socket.write('hello')
    await target.says('hello')
  }

  line.proxy.cut()

  for (const { client, target } of lines) {
    await Promise.all([client.closed, target.closed])
    expect([client.error, target.error]).toEqual(['ECONNRESET', 'ECONNRESET'])
  }
})

it('resets who comes while it refuses, leaves who is there, and takes others again', async () => {
  await using line = await startLine()
  const { client, target } = await line.join()

  line.proxy.refuse()
  const refused = line.open()
  await refused.closed
  client.socket.write('still here')
  await target.says('still here')

  expect(refused.error).toBe('ECONNRESET')
  expect(line.proxy).toMatchObject({ connections: 1, arrivals: 2 })
  line.proxy.accept()
  const next = await line.join()
  next.client.socket.write('hello')
  await next.target.says('hello')
  expect(line.proxy).toMatchObject({ connections: 2, arrivals: 3 })
})

it('resets the client where nobody listens behind it', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  gone.close()
  await once(gone, 'close')
  await using proxy = await startFaultProxy(port)

  const client = new End(connect(proxy.port, '127.0.0.1'))
  await client.closed

  expect(client.error).toBe('ECONNRESET')
  expect(proxy.connections).toBe(0)
})
