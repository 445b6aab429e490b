import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { websocket, WebSocketDriver } from '../../../src/channels/websocket/index.ts'
import { createNotify } from '../../../src/index.ts'
import { KEY, startHub } from './support/hub.ts'
import { answerOf, command, upgrade, upgradeRequest } from './support/raw-peer.ts'
import { TLS_CERT, TLS_KEY } from './support/tls.ts'

const statusOf = async (port: number, headers: Record<string, string> = {}, path = '/push') => {
  const peer = await upgrade(port, { path, headers })
  peer.socket.destroy()
  return Number(peer.head[0]?.split(' ')[1])
}

async function listening(server = createServer()) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const newDriver = () => websocket({ jwt: { keys: [KEY] } })

describe('the Origin of a page', () => {
  it.each<[string, Record<string, string>, number]>([
    ['our own', { host: 'app.example.com', origin: 'http://app.example.com' }, 101],
    [
      'our own behind a proxy that ends TLS',
      { host: 'app.example.com', origin: 'https://app.example.com' },
      101,
    ],
    [
      'our own with the port written out',
      { host: 'app.example.com:443', origin: 'https://app.example.com' },
      101,
    ],
    ['our own in capitals', { host: 'App.Example.com', origin: 'HTTPS://APP.example.com' }, 101],
    ['none, as of an app', { host: 'app.example.com' }, 101],
    ['another site', { host: 'app.example.com', origin: 'https://evil.example' }, 403],
    ['a subdomain', { host: 'example.com', origin: 'https://app.example.com' }, 403],
    [
      'a name that begins like ours',
      { host: 'app.example.com', origin: 'https://app.example.com.evil.example' },
      403,
    ],
    ['another port', { host: 'app.example.com', origin: 'http://app.example.com:8080' }, 403],
    ['null, as of a sandboxed frame', { host: 'app.example.com', origin: 'null' }, 403],
    ['a file', { host: 'app.example.com', origin: 'file://' }, 403],
    ['an extension', { host: 'app.example.com', origin: 'chrome-extension://app.example.com' }, 403],
    ['no origin at all but text', { host: 'app.example.com', origin: 'app.example.com' }, 403],
    ['a user in front', { host: 'app.example.com', origin: 'https://app.example.com@evil.example' }, 403],
    [
      'a forwarded host that nobody vouched for',
      { host: 'a', 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' },
      403,
    ],
  ])('%s', async (_which, headers, status) => {
    await using hub = await startHub()

    expect(await statusOf(hub.port, headers)).toBe(status)
  })

  it('must be in the list where there is one', async () => {
    await using hub = await startHub({ origins: ['https://App.example.com'] })

    expect(await statusOf(hub.port, { origin: 'https://app.example.com' })).toBe(101)
    expect(await statusOf(hub.port, { origin: `http://127.0.0.1:${hub.port}` })).toBe(403)
  })

  it('may be any with *', async () => {
    await using hub = await startHub({ origins: '*' })

    expect(await statusOf(hub.port, { origin: 'https://evil.example' })).toBe(101)
  })

  it('is compared with what a trusted proxy forwards', async () => {
    await using hub = await startHub({ trustProxy: true })
    const headers = { host: 'internal', 'x-forwarded-host': 'app.example.com' }

    expect(await statusOf(hub.port, { ...headers, origin: 'https://app.example.com' })).toBe(101)
    expect(await statusOf(hub.port, { ...headers, origin: 'https://internal' })).toBe(403)
  })
})

describe('attached to a server of yours', () => {
  it('serves its own path only, whatever the query', async () => {
    await using web = await listening()
    const driver = newDriver()
    driver.attach(web.server)

    expect(await statusOf(web.port, {}, '/push?from=home')).toBe(101)
    expect(await statusOf(web.port, {}, '/push/')).toBe(404)
    expect(await statusOf(web.port, {}, '/')).toBe(404)
    await driver.close()
  })

  it('leaves the upgrades of others alone', async () => {
    await using web = await listening()
    const driver = newDriver()
    driver.attach(web.server)
    web.server.on('upgrade', (request, socket) => {
      if (request.url === '/vite') socket.end('HTTP/1.1 101 Switching Protocols\r\nx-by: vite\r\n\r\n')
    })

    const foreign = await upgrade(web.port, { path: '/vite' })

    expect(foreign.head).toContain('x-by: vite')
    expect(await statusOf(web.port)).toBe(101)
    await driver.close()
  })

  it('is refused the second time, by the same driver or another, at the same path', async () => {
    await using web = await listening()
    const driver = newDriver()
    driver.attach(web.server)

    expect(() => driver.attach(web.server)).toThrow('attached to this server at /push already')
    expect(() => newDriver().attach(web.server)).toThrow('attached to this server at /push already')
    const other = websocket({ jwt: { keys: [KEY] }, path: '/other' })
    other.attach(web.server)
    expect(await statusOf(web.port, {}, '/other')).toBe(101)
    await driver.close()
    await other.close()
  })

  it('gives the server back on close, still running', async () => {
    await using web = await listening()
    const driver = newDriver()
    driver.attach(web.server)
    const device = await connectFakeDevice(`ws://127.0.0.1:${web.port}/push`, {
      token: driver.issueToken({ user: '1001' }),
    })

    await driver.close()

    expect(await device.closed).toEqual({ code: 3001, reason: 'shutdown' })
    expect(web.server.listening).toBe(true)
    expect(web.server.listenerCount('upgrade')).toBe(0)
    expect(() => driver.attach(web.server)).toThrow('closed')
  })

  it('works over TLS, with a first frame in the packet of the upgrade', async () => {
    await using web = await listening(createTlsServer({ key: TLS_KEY, cert: TLS_CERT }))
    const driver = newDriver()
    driver.attach(web.server)
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { push: driver },
    })
    const first = command(1, 'connect', { token: driver.issueToken({ user: '1001' }) })
    const tls = connectTls({ port: web.port, host: '127.0.0.1', ca: TLS_CERT, servername: 'localhost' })
    tls.write(
      Buffer.concat([
        upgradeRequest(web.port, { headers: { origin: `https://127.0.0.1:${web.port}` } }),
        first,
      ]),
    )

    const peer = await answerOf(tls)
    await peer.received(1)
    const result = await notify.send('push', { to: { user: '1001' }, title: 'Encrypted' })

    expect(result).toMatchObject({ status: 'sent', receipt: { connections: 1 } })
    const [, publication] = await peer.received(2)
    expect(String(publication?.payload)).toContain('Encrypted')
    tls.destroy()
    await notify.close()
  })

  it('refuses a page loaded without TLS at a TLS server', async () => {
    await using web = await listening(createTlsServer({ key: TLS_KEY, cert: TLS_CERT }))
    const driver = newDriver()
    driver.attach(web.server)
    const tls = connectTls({ port: web.port, host: '127.0.0.1', ca: TLS_CERT, servername: 'localhost' })
    tls.write(upgradeRequest(web.port, { headers: { origin: `http://127.0.0.1:${web.port}` } }))

    expect((await answerOf(tls)).head[0]).toBe('HTTP/1.1 403 Forbidden')
    await driver.close()
  })
})

describe('listening by itself', () => {
  it('tells its address, and answers plain requests with 426', async () => {
    await using hub = await startHub({ path: '/live' })

    expect(hub.url).toBe(`ws://127.0.0.1:${hub.port}/live`)
    const plain = await fetch(`http://127.0.0.1:${hub.port}/live`)
    expect(plain.status).toBe(426)
    expect(await statusOf(hub.port, {}, '/else')).toBe(404)
  })

  it('says what is wrong where the port is taken, and can listen elsewhere', async () => {
    await using hub = await startHub()
    const driver = newDriver()

    await expect(driver.listen({ port: hub.port })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      provider: { code: 'address_in_use' },
      cause: { code: 'EADDRINUSE' },
    })

    await driver.listen()
    await expect(driver.listen()).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    await driver.close()
    await expect(driver.listen()).rejects.toThrow()
  })

  it('frees its port on close', async () => {
    const driver = newDriver()
    const { port } = await driver.listen()

    await driver.close()

    const next = newDriver()
    expect(await next.listen({ port })).toMatchObject({ port })
    await next.close()
  })
})

describe('an upgrade is refused', () => {
  it('with 400, for a subprotocol that is not spoken', async () => {
    await using hub = await startHub()
    const offering = (protocol: string) => statusOf(hub.port, { 'sec-websocket-protocol': protocol })

    expect(await offering('centrifuge-protobuf')).toBe(400)
    expect(await offering('centrifuge-protobuf, centrifuge-json')).toBe(101)
  })

  it('with 400, for a handshake that is none', async () => {
    await using hub = await startHub()

    expect(await statusOf(hub.port, { 'sec-websocket-key': 'short' })).toBe(400)
    expect(await statusOf(hub.port, { 'sec-websocket-version': '7' })).toBe(400)
  })

  it('with 503, when there are too many connections, and not when one has left', async () => {
    await using hub = await startHub({ maxConnections: 2 })
    const first = await hub.join('1001')
    await hub.join('2002')

    const peer = await upgrade(hub.port)
    expect(peer.head[0]).toBe('HTTP/1.1 503 Service Unavailable')
    expect(peer.head).toContain('Retry-After: 2')
    await first.close()

    await expect.poll(() => statusOf(hub.port)).toBe(101)
  })

  it('with 429, when there are too many from one address', async () => {
    await using hub = await startHub({ maxConnectionsPerIp: 2 })
    await hub.join('1001')
    await hub.join('2002')

    expect(await statusOf(hub.port)).toBe(429)
  })

  it('with 429 by the address that a trusted proxy added, not by what the client claims', async () => {
    await using hub = await startHub({ maxConnectionsPerIp: 1, trustProxy: true })
    const from = (forwarded: string) => upgrade(hub.port, { headers: { 'x-forwarded-for': forwarded } })
    const peers = [await from('1.1.1.1, 203.0.113.7'), await from('203.0.113.8')]

    expect((await from('9.9.9.9, 203.0.113.7')).head[0]).toBe('HTTP/1.1 429 Too Many Requests')
    for (const peer of peers) peer.socket.destroy()
  })

  it('with 503, when too many connections have shown no token, while the others go on', async () => {
    await using hub = await startHub({ maxUnauthenticated: 50 })
    const known = await hub.join('1001')
    const silent = await Promise.all(Array.from({ length: 50 }, () => upgrade(hub.port)))

    expect(silent.map(({ head }) => head[0])).not.toContain('HTTP/1.1 503 Service Unavailable')
    expect(await statusOf(hub.port)).toBe(503)
    await hub.notify.send('push', { to: { user: '1001' }, title: 'Still served' })
    expect(await known.received(1)).toHaveLength(1)
    for (const peer of silent) peer.socket.destroy()
  })

  it('for good when its peer is gone before ws was loaded, and the place is free again', async () => {
    let loaded: (ws: unknown) => void = () => undefined
    const driver = new WebSocketDriver(
      { jwt: { keys: [KEY] }, maxConnections: 1 },
      { loadWs: () => new Promise((resolve) => (loaded = resolve)) },
    )
    await using web = await listening()
    driver.attach(web.server)
    const asked = once(web.server, 'upgrade')
    const impatient = connect(web.port, '127.0.0.1')
    impatient.write(upgradeRequest(web.port))
    await asked
    expect(await statusOf(web.port)).toBe(503)

    impatient.resetAndDestroy()
    loaded(await import('ws'))

    await expect.poll(() => statusOf(web.port)).toBe(101)
    await driver.close()
  })

  it('with 503, where ws is not installed, and onError, send and verify say what to install', async () => {
    const missing = Object.assign(new Error("Cannot find package 'ws'"), { code: 'ERR_MODULE_NOT_FOUND' })
    const errors: unknown[] = []
    const driver = new WebSocketDriver(
      { jwt: { keys: [KEY] }, onError: (error) => errors.push(error) },
      { loadWs: () => Promise.reject(missing) },
    )
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { push: driver },
    })
    const { port } = await driver.listen()

    expect(await statusOf(port)).toBe(503)
    const sent = await notify.send('push', { to: { user: '1001' }, title: 'Hi' })
    const verified = await notify.verify()

    const expected = {
      code: 'INVALID_CONFIG',
      message: 'The package "ws" is not installed; run: npm install ws',
    }
    expect(errors).toMatchObject([expected])
    expect(sent).toMatchObject({ status: 'failed', error: expected })
    expect(verified).toMatchObject({ push: { status: 'failed', error: expected } })
    await notify.close()
  })
})
