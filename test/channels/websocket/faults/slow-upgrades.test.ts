/** Upgrades that trickle in, or are none: no place is taken by them, and none of their sockets stays. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { connectFakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { websocket } from '../../../../src/channels/websocket/index.ts'
import { KEY, startHub } from '../support/hub.ts'
import { answerOf, command, upgradeRequest } from '../support/raw-peer.ts'

/** Such as a server of a user's own, a little less patient. */
async function startServer({ headersTimeout }: { readonly headersTimeout: number }) {
  const server = createServer({ headersTimeout, connectionsCheckingInterval: 20 })
  const driver = websocket({ jwt: { keys: [KEY] }, maxConnections: 1, maxUnauthenticated: 1, drainMs: 0 })
  driver.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    server,
    join: () =>
      connectFakeDevice(`ws://127.0.0.1:${port}/push`, { token: driver.issueToken({ user: '1001' }) }),
    async [Symbol.asyncDispose]() {
      await driver.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Everything of an upgrade but the empty line that ends it. */
async function openHalf(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(upgradeRequest(port).subarray(0, -2))
  return socket
}

const openSockets = (server: Server) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )

it('half an upgrade takes no place, however many there are', async () => {
  await using web = await startServer({ headersTimeout: 60_000 })
  const halves = await Promise.all(Array.from({ length: 20 }, () => openHalf(web.port)))

  const device = await web.join()

  expect(device.channels).toContain('#1001')
  await device.close()
  for (const socket of halves) socket.destroy()
})

it('half an upgrade gets 408 when the server’s patience is at its end, and its socket is gone', async () => {
  await using web = await startServer({ headersTimeout: 50 })
  const halves = await Promise.all(Array.from({ length: 20 }, () => openHalf(web.port)))

  const answers = await Promise.all(halves.map(async (socket) => String((await socket.toArray()).join(''))))

  expect(new Set(answers.map((answer) => answer.split('\r\n')[0]))).toEqual(
    new Set(['HTTP/1.1 408 Request Timeout']),
  )
  await expect.poll(() => openSockets(web.server)).toBe(0)
  const device = await web.join()
  await device.close()
})

it('an upgrade that comes byte by byte is served', async () => {
  await using hub = await startHub()
  const token = hub.driver.issueToken({ user: '1001' })
  const bytes = Buffer.concat([upgradeRequest(hub.port), command(1, 'connect', { token })])
  const socket = connect({ port: hub.port, host: '127.0.0.1', noDelay: true })
  const answering = answerOf(socket)

  for (const byte of bytes) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve))

  const [reply] = await (await answering).received(1)
  expect(String(reply?.payload)).toContain('"connect"')
  socket.destroy()
})

it('bytes that are no HTTP, or an upgrade with some of them changed, leave nothing behind', async () => {
  await using web = await startServer({ headersTimeout: 60_000 })
  const request = upgradeRequest(web.port)
  const spoilt = fc
    .array(fc.record({ at: fc.nat(request.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const bytes = Buffer.from(request)
      for (const { at, byte } of changes) bytes[at] = byte
      return bytes
    })
  const noise = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes))

  await fc.assert(
    fc.asyncProperty(fc.oneof(spoilt, noise), async (bytes) => {
      const socket = connect(web.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.resume()
      socket.end(bytes)
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
    }),
    { numRuns: 200 },
  )

  await expect.poll(() => openSockets(web.server)).toBe(0)
  const device = await web.join()
  await device.close()
})

it('half an upgrade does not keep a hub that listens by itself from closing', async () => {
  await using hub = await startHub()
  const half = await openHalf(hub.port)
  half.resume()

  await hub.driver.close()

  if (!half.closed) await new Promise((resolve) => half.once('close', resolve))
  expect(half.destroyed).toBe(true)
})
