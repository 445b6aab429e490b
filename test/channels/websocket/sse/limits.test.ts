import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { startHub } from '../support/hub.ts'
import { openStream, post, requestStream } from './support/stream.ts'

type Hub = Awaited<ReturnType<typeof startHub>>

const open = async (hub: Hub) =>
  openStream(hub.port, { ticket: await hub.driver.issueTicket({ user: '1001' }) })

const askFor = async (hub: Hub) => {
  const stream = await requestStream(hub.port, { ticket: await hub.driver.issueTicket({ user: '1001' }) })
  return [stream.status, stream.response.headers['retry-after']]
}

const askForTicket = async ({ port, driver }: Hub) => {
  const { status, headers, body } = await post(port, '/push/ticket', {
    body: { token: driver.issueToken({ user: '1001' }) },
  })
  return [status, headers.get('retry-after') ?? undefined, body['code']]
}

it('counts streams and WebSockets of one address together', async () => {
  await using hub = await startHub({ maxConnectionsPerIp: 2 })
  const stream = await open(hub)
  const device = await hub.join('1001')

  const refused = [await askFor(hub), await askForTicket(hub)]
  await expect(hub.join('1001')).rejects.toMatchObject({ code: 429 })
  // Who is in may go on acknowledging.
  const acked = await post(hub.port, '/push/ack', { body: { session: stream.connect.session, acks: [] } })
  await device.close()

  expect(refused).toEqual([
    [429, '2'],
    [429, '2', 111],
  ])
  expect(acked.status).toBe(200)
  await expect.poll(() => askForTicket(hub)).toContain(200)
  stream.close()
})

it('asks to come again where there are too many connections', async () => {
  await using hub = await startHub({ maxConnections: 1 })
  const stream = await open(hub)

  const refused = [await askFor(hub), await askForTicket(hub)]

  expect(refused).toEqual([
    [503, '2'],
    [503, '2', 111],
  ])
  expect(hub.driver.stats().refused).toEqual({ 503: 2 })
  stream.close()
})

it('asks to come again where connections come too fast', async () => {
  await using hub = await startHub({ connectionsPerSecond: 1 })

  const first = await askForTicket(hub)
  const second = await askForTicket(hub)
  await hub.clock.advance(1_000)
  const later = await askForTicket(hub)

  expect([first, second, later].map(([status, retryAfter]) => [status, retryAfter])).toEqual([
    [200, undefined],
    [503, '2'],
    [200, undefined],
  ])
})

it('does not count a stream among those that have shown no token', async () => {
  await using hub = await startHub({ maxUnauthenticated: 1 })
  const streams = [await open(hub), await open(hub)]

  const device = await hub.join('1001')

  expect(hub.driver.connections).toBe(3)
  await device.close()
  for (const stream of streams) stream.close()
})

it('gives the place back of a request that came to nothing', async () => {
  await using hub = await startHub({ maxConnections: 1, maxUnauthenticated: 1 })

  for (let turn = 0; turn < 5; turn++) {
    expect((await requestStream(hub.port, { ticket: 'x'.repeat(32) })).status).toBe(401)
    expect((await post(hub.port, '/push/ticket', { body: 'nonsense' })).status).toBe(400)
  }

  const stream = await open(hub)
  stream.close()
})

it('reads no more slow bodies at once than connections may be silent', async () => {
  await using hub = await startHub({ maxUnauthenticated: 2 })
  const slow = await Promise.all([drip(hub.port), drip(hub.port)])

  await expect.poll(() => post(hub.port, '/push/ack', { body: {} })).toMatchObject({ status: 503 })
  for (const socket of slow) socket.destroy()

  await expect.poll(() => post(hub.port, '/push/ack', { body: {} })).toMatchObject({ status: 400 })
})

/** Begins a body, and does not go on. */
async function drip(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST /push/ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')
  return socket
}
