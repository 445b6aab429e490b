/** The ways in which an upgrade can reach a server. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { websocket, type Credentials } from '../../../../src/channels/websocket/index.ts'
import { connectFakeDevice } from '../../../../src/channels/websocket/fake.ts'
import { createNotify } from '../../../../src/index.ts'
import { KEY, startHub } from '../support/hub.ts'
import { command, RawPeer, upgradeRequest } from '../support/raw-peer.ts'
import { TLS_CERT, TLS_KEY } from '../support/tls.ts'

const PLAIN = 'GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n'
const HEAD_END = '\r\n\r\n'
const BODY = 'hello'

const lines: Record<string, (port: number) => Socket> = {
  'a plain line': (port) => connect(port, '127.0.0.1'),
  'a TLS line': (port) => connectTls({ port, host: '127.0.0.1', ca: TLS_CERT, servername: 'localhost' }),
}

async function startServer(line: string) {
  const answer = (_request: unknown, response: { end(body: string): void }) => response.end(BODY)
  const tls = { key: TLS_KEY, cert: TLS_CERT }
  const server = line === 'a TLS line' ? createTlsServer(tls, answer) : createServer(answer)
  const driver = websocket({ jwt: { keys: [KEY] }, drainMs: 0 })
  const notify = createNotify({ channels: { push: driver } })
  driver.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    notify,
    socket: lines[line]?.(port) ?? connect(port),
    connect: command(1, 'connect', { token: driver.issueToken({ user: '1001' }) }),
    async [Symbol.asyncDispose]() {
      await notify.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Reads the answer to an upgrade. */
async function readUpgrade(socket: Socket): Promise<RawPeer> {
  const inbox = new Inbox(socket)
  const head = await inbox.until(HEAD_END)
  return new RawPeer(socket, head.slice(0, -HEAD_END.length), inbox.end())
}

/** Keeps what has come and was not read yet. */
class Inbox {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', this.#keep)
  }

  async until(text: string): Promise<string> {
    while (!this.#bytes.includes(text)) await once(this.#socket, 'data')
    const length = this.#bytes.indexOf(text) + text.length
    const read = this.#bytes.subarray(0, length).toString()
    this.#bytes = this.#bytes.subarray(length)
    return read
  }

  /** What is left for another reader. */
  end(): Buffer {
    this.#socket.off('data', this.#keep)
    return this.#bytes
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
  }
}

/** It is a connection like any other: welcomed, and sent what is sent to it. */
async function expectServed(peer: RawPeer, { notify }: Awaited<ReturnType<typeof startServer>>) {
  const [welcome] = await peer.received(1)
  await notify.send('push', { to: { user: '1001' }, title: 'Served' })
  const [, publication] = await peer.received(2)
  expect(peer.head[0]).toBe('HTTP/1.1 101 Switching Protocols')
  expect(String(welcome?.payload)).toContain('"connect"')
  expect(String(publication?.payload)).toContain('Served')
  peer.socket.destroy()
}

describe.each(Object.keys(lines))('over %s', (line) => {
  it('an upgrade is served after plain requests on the same connection, with a first frame in its packet', async () => {
    await using web = await startServer(line)
    for (let requests = 0; requests < 3; requests += 1) {
      const inbox = new Inbox(web.socket)
      web.socket.write(PLAIN)
      await inbox.until(HEAD_END + BODY)
      inbox.end()
    }

    web.socket.write(Buffer.concat([upgradeRequest(web.port), web.connect]))

    await expectServed(await readUpgrade(web.socket), web)
  })

  it('half a frame may come with the upgrade, and its other half later', async () => {
    await using web = await startServer(line)
    const first = Buffer.concat([upgradeRequest(web.port), web.connect.subarray(0, 20)])

    web.socket.write(first)
    const peer = await readUpgrade(web.socket)
    web.socket.write(web.connect.subarray(20))

    await expectServed(peer, web)
  })
})

describe('over IPv6', () => {
  it('a hub that listens on ::1 tells an address that clients can use', async () => {
    const driver = websocket({ jwt: { keys: [KEY] }, drainMs: 0 })

    const { url, host } = await driver.listen({ host: '::1' })
    const device = await connectFakeDevice(url, { token: driver.issueToken({ user: '1001' }) })

    expect(host).toBe('::1')
    expect(url).toMatch(/^ws:\/\/\[::1\]:\d+\/push$/)
    expect(device.channels).toContain('#1001')
    await device.close()
    await driver.close()
  })

  it('too many from one address are refused with 429', async () => {
    const driver = websocket({ jwt: { keys: [KEY] }, drainMs: 0, maxConnectionsPerIp: 1 })
    const { url } = await driver.listen({ host: '::1' })
    const join = () => connectFakeDevice(url, { token: driver.issueToken({ user: '1001' }) })
    const first = await join()

    await expect(join()).rejects.toMatchObject({ code: 429 })

    await first.close()
    await expect.poll(() => driver.connections).toBe(0)
    await driver.close()
  })

  it('the page of the server’s own address may connect, and no other', async () => {
    const asked: Credentials[] = []
    const authenticate = (credentials: Credentials) => {
      asked.push(credentials)
      return { user: '1001' }
    }
    const driver = websocket({ authenticate, drainMs: 0 })
    const { url, port } = await driver.listen({ host: '::1' })
    const from = (origin: string) => connectFakeDevice(url, { headers: { origin } })

    const device = await from(`http://[::1]:${port}`)
    await expect(from(`http://[::2]:${port}`)).rejects.toMatchObject({ code: 403 })

    expect(asked).toMatchObject([{ ip: '::1' }])
    await device.close()
    await driver.close()
  })
})

it('many clients on lines that are slow get all that was sent before the hub closed', async () => {
  await using hub = await startHub({ drainMs: 0 })
  const devices = await Promise.all(Array.from({ length: 5 }, (_, n) => hub.join(`user-${n}`)))

  const sends = Array.from({ length: 100 }, (_, n) =>
    hub.notify.send('push', { to: { all: true }, data: n, body: 'x'.repeat(500) }),
  )
  await Promise.all(sends)
  await hub.driver.close()

  for (const device of devices) {
    expect(await device.closed).toMatchObject({ code: 3001 })
    expect(device.publications).toHaveLength(100)
  }
})
