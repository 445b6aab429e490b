/** What a client, a hook or a router can do must not end the process, lock the hub or fill its memory. */
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { websocket } from '../../../src/channels/websocket/index.ts'
import { signToken } from '../../../src/channels/websocket/token.ts'
import { KEY, startHub } from './support/hub.ts'
import { command, upgrade, upgradeRequest } from './support/raw-peer.ts'

const listen = async (server = createServer()) => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

/** Unlike `once` of node:events, deaf to errors. */
const closing = (socket: Duplex) => new Promise((resolve) => socket.once('close', resolve))

it('answers 404 to a path that none of several drivers on one server serves', async () => {
  const { server, port } = await listen()
  const drivers = ['/a', '/b'].map((path) => websocket({ jwt: { keys: [KEY] }, path }))
  for (const driver of drivers) driver.attach(server)

  const peer = await upgrade(port, { path: '/c' })

  expect(peer.head[0]).toContain('404')
  peer.socket.destroy()
  await Promise.all(drivers.map((driver) => driver.close()))
  server.close()
})

it('survives the reset of an upgrade that is left to others', async () => {
  const { server, port } = await listen()
  const driver = websocket({ jwt: { keys: [KEY] } })
  driver.attach(server)
  const seen = new Promise<Duplex>((resolve) => {
    server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => resolve(socket))
  })
  const client = connect(port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write(upgradeRequest(port, { path: '/elsewhere' }))

  const left = await seen
  const gone = closing(left)
  client.resetAndDestroy()
  await gone

  expect(left.destroyed).toBe(true)
  await driver.close()
  server.close()
})

it('gives no place to a connection that had ended before a router handed it on', async () => {
  const { server, port } = await listen()
  const driver = websocket({ jwt: { keys: [KEY] }, maxUnauthenticated: 1 })
  const held: [IncomingMessage, Duplex, Buffer][] = []
  const router = { upgrades: [] as ((...upgrade: [IncomingMessage, Duplex, Buffer]) => void)[] }
  driver.attach({
    on: (_event, listener) => router.upgrades.push(listener),
    off: () => undefined,
    listeners: () => [],
  })
  const arrived = new Promise<void>((resolve) => {
    server.once('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => undefined)
      held.push([request, socket, head])
      resolve()
    })
  })
  const client = connect(port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write(upgradeRequest(port))
  await arrived
  const [[, ended]] = held as [[IncomingMessage, Duplex, Buffer]]
  const gone = closing(ended)
  client.resetAndDestroy()
  await gone
  for (const listener of router.upgrades) for (const upgradeOf of held) listener(...upgradeOf)

  server.on('upgrade', (...upgradeOf: [IncomingMessage, Duplex, Buffer]) =>
    router.upgrades[0]?.(...upgradeOf),
  )
  const next = await upgrade(port, {})

  expect(next.head[0]).toContain('101')
  next.socket.destroy()
  await driver.close()
  server.close()
})

it.each(['onConnect', 'onDisconnect', 'onError'] as const)(
  'survives an asynchronous %s that rejects',
  async (hook) => {
    const failed: unknown[] = []
    const reject = () => Promise.reject(new Error('db down'))
    await using hub = await startHub({
      onError: (error) => void failed.push(error),
      onConnect: () => {
        if (hook === 'onError') throw new Error('reported')
      },
      [hook]: reject,
    })

    const device = await connectFakeDevice(hub.url, { token: hub.driver.issueToken({ user: '1001' }) })
    if (hook === 'onDisconnect') await device.close()
    const { code } = await device.closed

    if (hook === 'onConnect') expect(code).toBe(3004)
    if (hook !== 'onError') await expect.poll(() => failed).toMatchObject([{ message: 'db down' }])
  },
)

it('keeps no more than a token’s worth of what a client says before it is known', async () => {
  const asked: (() => void)[] = []
  await using hub = await startHub({
    authenticate: () => new Promise((resolve) => asked.push(() => resolve(null))),
  })
  const peer = await upgrade(hub.port)
  peer.send(command(1, 'connect', {}))
  await expect.poll(() => asked).toHaveLength(1)

  for (let id = 2; id < 12; id += 1) peer.send(command(id, 'subscribe', { channel: 'x'.repeat(1_000) }))

  expect(await peer.closeCode).toBe(3501)
  asked[0]?.()
})

it('settles listen() when the channel is closed while it binds', async () => {
  const driver = websocket({ jwt: { keys: [KEY] } })

  const listening = driver.listen().catch((error: unknown) => error)
  await driver.close()

  expect(await listening).toMatchObject({ code: 'CLOSED' })
})

it('refuses a token whose expiry is written in milliseconds', async () => {
  await using hub = await startHub({})
  const token = signToken({ sub: '1001', exp: hub.clock.now() + 60_000 }, Buffer.from(KEY))

  await expect(connectFakeDevice(hub.url, { token })).rejects.toMatchObject({ code: 3500 })
})
