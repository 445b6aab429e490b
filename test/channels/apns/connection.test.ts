/** Reaching APNs, failing to, and letting go of it. */
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { expect, it } from 'vitest'
import { selfSigned } from '../../../src/channels/apns/fake-certificate.ts'
import { NodeConnection } from '../../../src/channels/apns/node-connection.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { failures, hold, passing, startBench, turns } from './bench.ts'

/** A server in the place of APNs, and the setting that leads there. */
async function startHost(server: Server) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.defineProperty({ port: (server.address() as AddressInfo).port }, Symbol.asyncDispose, {
    value: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }) as { port: number } & AsyncDisposable
}

it('sends again, without a word, what was reset before APNs could take it', async () => {
  await using bench = await startBench()

  const happened = bench.fake.failNext('unreachable')
  const result = await bench.send()
  await happened

  expect(result.status).toBe('sent')
  expect(bench.fake.accepted).toHaveLength(1)
})

it('fails what waits for a closed port after some tries, and says that nothing was sent', async () => {
  // Nobody listens on port 1; a port that was free a moment ago may be the fake's own.
  await using bench = await startBench({ config: { port: 1 } })
  const start = bench.clock.monotonic()

  const result = await passing(bench, bench.send({}, { attemptTimeoutMs: 20_000 }))

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(String(failures([result])[0]?.cause)).toContain('ECONNREFUSED')
  expect(bench.clock.monotonic() - start).toBeGreaterThan(1000)
  expect(bench.clock.monotonic() - start).toBeLessThan(3500)
})

it('fails at once what comes while it waits to connect again, and says how long that is', async () => {
  await using bench = await startBench({ config: { port: 1 } })
  await passing(bench, bench.send())

  const [next] = failures([await bench.send()])

  expect(next).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  expect(next?.retryAfterMs).toBeGreaterThan(0)
  expect(String(next?.cause)).toContain('ECONNREFUSED')
})

it('sends again once APNs is back, but no sooner than it said', async () => {
  await using bench = await startBench()
  for (let time = 0; time < 8; time += 1) void bench.fake.failNext('unreachable')
  const [failure] = failures([await passing(bench, bench.send())])
  const resets = bench.fake.connectionsMade

  const early = await bench.send()
  await bench.clock.advance(failure?.retryAfterMs ?? 0)
  const late = []
  for (let time = 0; time < 3 && late.at(-1) !== 'sent'; time += 1) {
    late.push((await bench.send()).status)
    await bench.clock.advance(10_000)
  }

  expect(early.status).toBe('failed')
  expect(resets).toBeLessThan(8)
  expect(late.at(-1)).toBe('sent')
})

it('survives an APNs that is away for a second', async () => {
  await using bench = await startBench()
  for (let time = 0; time < 5; time += 1) void bench.fake.failNext('unreachable')

  const result = await passing(bench, bench.send())

  expect(result.status).toBe('sent')
})

it('holds no failures of an hour ago against a line that breaks once', async () => {
  await using bench = await startBench()
  for (let time = 0; time < 8; time += 1) void bench.fake.failNext('unreachable')
  let waitMs = 0
  while (bench.fake.connectionsMade < 7) {
    await bench.clock.advance(waitMs)
    waitMs = failures([await passing(bench, bench.send())])[0]?.retryAfterMs ?? 0
  }
  await bench.clock.advance(3_600_000)

  const result = await bench.send()

  expect(result.status).toBe('sent')
  expect(bench.fake.connectionsMade).toBe(9)
})

it('gives up a host that accepts the connection and says nothing', async () => {
  await using host = await startHost(createServer((socket) => void socket.resume()))
  await using bench = await startBench({ config: host })

  const sending = bench.send({}, { attemptTimeoutMs: 25_000 })
  await bench.clock.advance(10_000)
  const result = await sending

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(String(failures([result])[0]?.cause)).toContain('No connection within 10000 ms')
})

it('says at once that a host answers with plain text instead of TLS', async () => {
  const greet = (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  await using host = await startHost(createServer((socket) => socket.once('data', () => greet(socket))))
  await using bench = await startBench({ config: host })

  const result = await bench.send()

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(failures([result])[0]?.message).toContain('TLS')
})

it('fails fast, and sends nothing, where the certificate of the host is not trusted', async () => {
  await using bench = await startBench({ config: { ca: selfSigned('somebody else').cert } })

  const result = await bench.send()

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(failures([result])[0]?.message).toContain('not trusted')
  expect(bench.fake.received).toBe(0)
})

it('says UNAUTHORIZED at once where the handshake refuses our certificate', async () => {
  const { cert, key } = selfSigned('localhost')
  const mutual = { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }
  const server = createTlsServer(mutual, () => undefined)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await using bench = await startBench({ config: { port: (server.address() as AddressInfo).port, ca: cert } })

  const result = await bench.send()
  await new Promise((resolve) => server.close(resolve))

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAUTHORIZED', delivery: 'not_sent' } })
})

it.each([
  ['refuses it in the handshake', ['http/1.1']],
  ['has never heard of it', undefined],
])('says at once that a host which %s does not speak HTTP/2', async (_, ALPNProtocols) => {
  const { cert, key } = selfSigned('localhost')
  const server = createTlsServer({ cert, key, ...(ALPNProtocols && { ALPNProtocols }) }, () => undefined)
  server.on('tlsClientError', () => undefined)
  await using host = await startHost(server)
  await using bench = await startBench({ config: { ...host, ca: cert } })

  const result = await bench.send()

  expect(result).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE', delivery: 'not_sent' } })
  expect(failures([result])[0]?.message).toContain('HTTP/2')
})

it('waits for pushes in flight when it is closed, and fails those that take too long', async () => {
  await using bench = await startBench()
  await hold(bench)

  const written = bench.send()
  await bench.fake.arrived(2)
  const closing = bench.notify.close({ drainMs: 3000 })
  await bench.clock.advance(3000)
  await closing

  expect(await written).toMatchObject({ error: { code: 'CLOSED', delivery: 'unknown' } })
})

it('tells of a driver closed by itself what was sent and what was not', async () => {
  await using bench = await startBench()
  bench.fake.hold()

  const written = bench.send()
  await bench.fake.arrived(1)
  const queued = bench.send()
  await bench.driver.close()
  const late = await bench.send()

  expect(await written).toMatchObject({ error: { code: 'CLOSED', delivery: 'unknown' } })
  expect(await queued).toMatchObject({ error: { code: 'CLOSED', delivery: 'not_sent' } })
  expect(late).toMatchObject({ error: { code: 'CLOSED', delivery: 'not_sent' } })
})

it('reaches a host given as an IPv6 address', async () => {
  await using target = await startBench()
  const server = createServer((socket) => {
    const onward = connect(target.fake.port, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    for (const end of [socket, onward]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve))
  const { port } = server.address() as AddressInfo
  await using bench = await startBench({ config: { ...target.fake.config, host: '::1', port } })

  const result = await bench.send()
  await bench.driver.close()
  server.close()

  expect(result.status).toBe('sent')
})

it('reconnects ever more slowly to a host that answers one push and then breaks the line', async () => {
  await using bench = await startBench()
  const start = bench.clock.monotonic()

  for (let time = 0; time < 8; time += 1) {
    const { status } = await passing(bench, bench.send({}, { attemptTimeoutMs: 60_000 }))
    expect(status).toBe('sent')
    bench.fake.cut('reset')
    await turns(20)
  }

  expect(bench.fake.connectionsMade).toBe(8)
  expect(bench.clock.monotonic() - start).toBeGreaterThan(3000)
})

it('reports a connection that cannot even start as closed, its socket freed', async () => {
  const socket = new TLSSocket(new Socket())
  const times = { connectTimeoutMs: 1000, pingAfterMs: 1000, pingIdleMs: 1000, pingTimeoutMs: 1000 }
  const limits = { maxInFlight: 1, untrustedStreams: 1, authority: 'no host', clock: new FakeClock() }
  const options = { ...times, ...limits, openSocket: () => Promise.resolve(socket) }

  const cause = await new Promise((closed) => {
    new NodeConnection(options, { changed: () => undefined, draining: () => undefined, closed })
  })

  expect(String(cause)).toContain('Invalid URL')
  expect(socket.destroyed).toBe(true)
})

it('settles every close of a driver, not only the last', async () => {
  await using bench = await startBench()
  await bench.send()

  const closings = await Promise.all([bench.driver.close(), bench.driver.close()])

  expect(closings).toEqual([undefined, undefined])
  expect(bench.fake.connectionsMade).toBe(1)
})
