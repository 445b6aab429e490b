/** One server for a framework's routes, for our path, and for Socket.IO beside it. */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Server as SocketServer } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { websocket, type WebSocketConfigInput } from '../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../src/index.ts'
import { PROGRAMS, TLS_PROGRAMS, type Program } from './support/frameworks.ts'
import { KEY } from './support/hub.ts'
import { answerOf, command, upgrade, upgradeRequest } from './support/raw-peer.ts'
import { TLS_CERT } from './support/tls.ts'

const programs = Object.entries(PROGRAMS)
const tlsPrograms = Object.entries(TLS_PROGRAMS)
const orders = ['before', 'after'] as const

function createPush(config: Partial<WebSocketConfigInput> = {}) {
  const auth = config.authenticate ? {} : { jwt: { keys: [KEY] } }
  const driver = websocket({ ...auth, drainMs: 0, ...config })
  const notify = createNotify({ channels: { websocket: driver } })
  return { driver, notify }
}

const hello = async (port: number) => (await fetch(`http://127.0.0.1:${port}/hello`)).text()

/** A device that is connected, and has received one message. */
async function reach({ driver, notify }: ReturnType<typeof createPush>, port: number, host = '127.0.0.1') {
  const token = driver.issueToken({ user: '1001' })
  const device = await connectFakeDevice(`ws://${host}:${port}/push`, { token })
  await notify.send('websocket', { to: { user: '1001' }, title: 'Order shipped' })
  await device.received(1)
  return device
}

/** Socket.IO beside whatever the server has already; it answers `ping` with what it was sent. */
function attachSocketIo(server: Program['server']) {
  const sockets = new SocketServer(server)
  sockets.on('connection', (socket) => {
    socket.on('ping', (text: string, reply: (text: string) => void) => reply(text))
  })
  return sockets
}

async function connectSocketIo(port: number, transports: string[]): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports, forceNew: true, reconnection: false })
  const failed = new Promise<never>((_resolve, reject) => socket.once('connect_error', reject))
  await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), failed])
  return socket
}

const ping = (socket: Socket, text: string) =>
  socket.timeout(5_000).emitWithAck('ping', text) as Promise<string>

describe.each(programs)('on the server of %s', (_name, start) => {
  it.each(orders)('push works beside the routes, attached %s it listens', async (order) => {
    const push = createPush()
    const program = await start()

    if (order === 'before') push.driver.attach(program.server)
    const port = await program.listen()
    if (order === 'after') push.driver.attach(program.server)
    const device = await reach(push, port)

    expect(device.publications).toMatchObject([{ channel: '#1001', data: { title: 'Order shipped' } }])
    expect(await hello(port)).toBe('hello')
    expect((await fetch(`http://127.0.0.1:${port}/push`)).status).toBe(404)
    await push.notify.close()
    await program.close()
  })

  it('an upgrade to a path that nobody serves gets 404', async () => {
    const push = createPush()
    const program = await start()
    push.driver.attach(program.server)
    const port = await program.listen()

    const peer = await upgrade(port, { path: '/hello' })

    expect(peer.head[0]).toBe('HTTP/1.1 404 Not Found')
    await push.notify.close()
    await program.close()
  })

  it('the routes go on when push was closed, and its connections have gone', async () => {
    const push = createPush()
    const program = await start()
    push.driver.attach(program.server)
    const port = await program.listen()
    const device = await reach(push, port)

    await push.notify.close()

    expect(await device.closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(await hello(port)).toBe('hello')
    expect(program.server.listenerCount('upgrade')).toBe(0)
    await program.close()
  })

  it('a second push on the same path is refused, and the first goes on', async () => {
    const push = createPush()
    const program = await start()
    push.driver.attach(program.server)
    const port = await program.listen()

    const again = () => createPush().driver.attach(program.server)

    expect(again).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error)
    expect(again).toThrow('A WebSocket channel is attached to this server at /push already')
    await reach(push, port)
    await push.notify.close()
    await program.close()
  })

  describe.each(orders)('with push attached %s Socket.IO', (order) => {
    async function startBoth() {
      const push = createPush()
      const program = await start()
      if (order === 'before') push.driver.attach(program.server)
      const sockets = attachSocketIo(program.server)
      if (order === 'after') push.driver.attach(program.server)
      const port = await program.listen()
      const close = async () => {
        await push.notify.close()
        await sockets.close()
        await program.close().catch(() => undefined)
      }
      return { push, port, [Symbol.asyncDispose]: close }
    }

    it.each([[['websocket']], [['polling']], [['polling', 'websocket']]])(
      'both serve their own, Socket.IO by %s',
      async (transports) => {
        await using both = await startBoth()

        const device = await reach(both.push, both.port)
        const socket = await connectSocketIo(both.port, transports)
        const { engine } = socket.io
        while (engine.transport.name !== transports.at(-1)) {
          await new Promise((resolve) => engine.once('upgrade', resolve))
        }

        expect(await ping(socket, 'theirs')).toBe('theirs')
        await both.push.notify.send('websocket', { to: { all: true }, title: 'Ours' })
        expect(await device.received(2)).toMatchObject([{}, { data: { title: 'Ours' } }])
        expect(await hello(both.port)).toBe('hello')
        socket.disconnect()
      },
    )

    it('Socket.IO goes on when push was closed', async () => {
      await using both = await startBoth()
      await reach(both.push, both.port)
      const socket = await connectSocketIo(both.port, ['websocket'])

      await both.push.notify.close()

      expect(await ping(socket, 'still here')).toBe('still here')
      expect(await ping(await connectSocketIo(both.port, ['websocket']), 'and open')).toBe('and open')
    })
  })
})

describe.each(orders)('with push attached %s Socket.IO', (order) => {
  it('an upgrade to a path of neither is left to Socket.IO, and ours outlives its patience', async () => {
    const asked: ((identity: { user: string }) => void)[] = []
    const push = createPush({ authenticate: () => new Promise((resolve) => asked.push(resolve)) })
    const program = await PROGRAMS.Express()
    if (order === 'before') push.driver.attach(program.server)
    const sockets = attachSocketIo(program.server)
    if (order === 'after') push.driver.attach(program.server)
    const port = await program.listen()
    await push.notify.verify()
    const connecting = connectFakeDevice(`ws://127.0.0.1:${port}/push`)
    await expect.poll(() => asked).toHaveLength(1)

    // Socket.IO ends what nobody has written to within a second; this one came after ours.
    const foreign = await allOf(port, '/neither')
    asked[0]?.({ user: '1001' })
    const device = await connecting

    expect(foreign).toBe('')
    await push.notify.send('websocket', { to: { user: '1001' }, title: 'Better late' })
    expect(await device.received(1)).toHaveLength(1)
    await push.notify.close()
    await sockets.close()
  })
})

/** All that is answered to an upgrade until the other side ends it. */
async function allOf(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(upgradeRequest(port, { path }))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe.each(tlsPrograms)('on the https server of %s', (_name, start) => {
  it.each(orders)('push works beside the routes, attached %s it listens', async (order) => {
    const push = createPush()
    const program = await start()
    if (order === 'before') push.driver.attach(program.server)
    const port = await program.listen()
    if (order === 'after') push.driver.attach(program.server)
    const tls = connectTls({ port, host: '127.0.0.1', ca: TLS_CERT, servername: 'localhost' })
    const token = push.driver.issueToken({ user: '1001' })
    const headers = { origin: `https://127.0.0.1:${port}` }
    tls.write(Buffer.concat([upgradeRequest(port, { headers }), command(1, 'connect', { token })]))
    const peer = await answerOf(tls)
    await peer.received(1)

    await push.notify.send('websocket', { to: { user: '1001' }, title: 'Encrypted' })

    const [, publication] = await peer.received(2)
    expect(String(publication?.payload)).toContain('Encrypted')
    const [response] = (await once(
      get({ port, host: '127.0.0.1', path: '/hello', ca: TLS_CERT, agent: false }),
      'response',
    )) as [IncomingMessage]
    expect((await response.toArray()).join('')).toBe('hello')
    tls.destroy()
    await push.notify.close()
    await program.close()
  })
})

it('push works on every address that Fastify takes for localhost', async () => {
  const addresses = await lookup('localhost', { all: true })
  const push = createPush()
  const program = await PROGRAMS.Fastify()
  push.driver.attach(program.server)
  const port = await program.listen('localhost')

  for (const { address, family } of addresses) {
    const device = await reach(push, port, family === 6 ? `[${address}]` : address)
    await device.close()
  }

  expect(addresses.length).toBeGreaterThan(0)
  await push.notify.close()
  await program.close()
})
