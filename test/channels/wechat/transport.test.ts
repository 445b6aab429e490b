/** Whether a message was written is known at every stage of its connection, and nothing of it is shown. */
import { getEventListeners } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, type TokenStore } from '../../../src/channels/wechat/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { createNotify, type SendResult } from '../../../src/index.ts'
import { FakeClock, findSecrets } from '../../../src/testing/index.ts'
import { startBench, until, PARCEL } from './bench.ts'
import { cert, key } from './loopback-certificate.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** A TCP server; `serve` is given every connection. */
async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const TOKEN = `90_${'t'.repeat(128)}`
const OPENID = `o${'p'.repeat(27)}`
const PASSWORD = 'pr0xy-pässword'
const SECRETS = [TOKEN, OPENID, PARCEL, '5ecre7'.repeat(5) + '55', PASSWORD]

/** A driver that has a token already, so that its first request is the message. */
function driverAt(endpoint: string, proxy?: string) {
  const store: TokenStore = {
    get: () => Promise.resolve({ value: TOKEN, expiresAt: 8_000_000_000_000 }),
    set: () => Promise.resolve(),
  }
  const clock = new FakeClock()
  const account = { appId: 'wx0123456789abcdef', appSecret: SECRETS[3] ?? '' }
  const wechat = miniProgram(
    { ...account, endpoint, token: { store }, ...(proxy ? { proxy } : {}) },
    { clock },
  )
  const notify = createNotify({ channels: { wechat }, clock })
  const message = { to: OPENID, template: 't'.repeat(43), data: { thing1: PARCEL } }
  const send = (signal = new AbortController().signal) => notify.send('wechat', message, { signal })
  return { send, clock, close: () => notify.close() }
}

function told(result: SendResult): string {
  if (result.status === 'sent') return 'sent'
  expect(findSecrets(result, SECRETS)).toEqual([])
  return `${result.error.code} ${result.error.delivery}`
}

async function freePort(): Promise<number> {
  const port = await listen(() => undefined)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return port
}

it('sent nothing when the connection is refused', async () => {
  const { send, close } = driverAt(`http://127.0.0.1:${await freePort()}`)

  const result = await send()

  expect(told(result)).toBe('UNAVAILABLE not_sent')
  expect(result).toMatchObject({ error: { cause: { code: 'ECONNREFUSED', name: 'HttpFailure' } } })
  await close()
})

it('sent nothing when the name does not resolve', async () => {
  const { send, close } = driverAt('https://wechat.invalid')

  expect(told(await send())).toBe('UNAVAILABLE not_sent')
  await close()
})

it('sent nothing when TLS fails', async () => {
  const port = await listen((socket) => socket.end('this is no TLS'))
  const { send, close } = driverAt(`https://127.0.0.1:${port}`)

  expect(told(await send())).toBe('UNAVAILABLE not_sent')
  await close()
})

it('sent nothing when the certificate is not trusted', async () => {
  await using bench = await startBench({ fake: { tls: { key, cert } } })

  const result = await bench.send()

  expect(told(result)).toBe('UNAVAILABLE not_sent')
  expect(bench.fake.calls).toEqual({ token: 0, message: 0 })
})

it('sent nothing when it is aborted before TLS is agreed', async () => {
  let connections = 0
  const port = await listen(() => (connections += 1))
  const { send, close } = driverAt(`https://127.0.0.1:${port}`)
  const abort = new AbortController()
  const sending = send(abort.signal)
  await until(() => connections === 1)

  abort.abort()

  expect(told(await sending)).toBe('ABORTED not_sent')
  await close()
})

it.each([
  ['sends over TLS that it trusts', undefined, 'sent'],
  [
    'does not know what became of a message that was written over TLS',
    'reset_accepted',
    'UNAVAILABLE unknown',
  ],
] as const)('%s', async (_, fault, expected) => {
  await using bench = await startBench({ config: { ca: cert }, fake: { tls: { key, cert } } })
  const happened = fault && bench.fake.failNext(fault)

  expect(told(await bench.send())).toBe(expected)
  await happened
})

it('sent nothing when it is aborted while it waits for a free connection', async () => {
  await using bench = await startBench({ config: { maxSockets: 1 } })
  await bench.verify()
  const happened = bench.fake.failNext('stall')
  const first = bench.send()
  await happened
  const abort = new AbortController()
  const second = bench.send({}, { signal: abort.signal })
  await new Promise<void>((resolve) => setImmediate(resolve))

  abort.abort()

  expect(told(await second)).toBe('ABORTED not_sent')
  await bench.clock.advance(30_000)
  expect(told(await first)).toBe('TIMED_OUT unknown')
  expect((await bench.send()).status).toBe('sent')
})

it('does not know what became of a message on a connection that was used before', async () => {
  await using bench = await startBench()
  await bench.send()
  const happened = bench.fake.failNext('unreachable')

  expect(told(await bench.send())).toBe('UNAVAILABLE unknown')
  await happened
})

it('closes the connection when it is aborted', async () => {
  let isClosed = false
  let received = ''
  const port = await listen((socket) => {
    socket.on('data', (chunk) => (received += chunk.toString()))
    socket.on('close', () => (isClosed = true))
  })
  const { send, close } = driverAt(`http://127.0.0.1:${port}`)
  const abort = new AbortController()
  const sending = send(abort.signal)
  await until(() => received.includes(OPENID))

  abort.abort()

  expect(told(await sending)).toBe('ABORTED unknown')
  await until(() => isClosed)
  await close()
})

const OK = '{"errcode":0,"errmsg":"ok"}'

it.each([
  ['bytes that are no HTTP', 'no such protocol\r\n\r\n', 'DRIVER_FAILED unknown'],
  [
    'a reply cut off in its body',
    `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${OK}`,
    'UNAVAILABLE unknown',
  ],
  ['no reply', '', 'UNAVAILABLE unknown'],
  [
    'a redirect',
    `HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`,
    'DRIVER_FAILED unknown',
  ],
  ['a whole reply', `HTTP/1.1 200 OK\r\ncontent-length: ${OK.length}\r\n\r\n${OK}`, 'sent'],
])('is told %s', async (_, bytes, expected) => {
  const port = await listen((socket) => socket.once('data', () => socket.end(bytes)))
  const { send, close } = driverAt(`http://127.0.0.1:${port}`)

  expect(told(await send())).toBe(expected)
  await close()
})

/** A proxy that opens tunnels to `port`, whatever it is asked for. */
function tunnelsTo(port: number, heard: string[]): Promise<number> {
  return listen((socket) => {
    socket.once('data', (chunk) => {
      heard.push(chunk.toString())
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        socket.pipe(onward).pipe(socket)
      })
      onward.on('error', () => socket.destroy())
      socket.on('close', () => onward.destroy())
    })
  })
}

it('sends through the proxy it is given, and keeps the tunnel', async () => {
  await using fake = await startFakeWechat({ tls: { key, cert } })
  const heard: string[] = []
  const port = await tunnelsTo(Number(new URL(fake.endpoint).port), heard)
  const proxy = `http://me:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`
  await using bench = await startBench({ config: { ...fake.miniProgram.config, proxy, ca: cert } })
  const { openid: to, template } = fake.miniProgram

  expect((await bench.send({ to, template })).status).toBe('sent')
  expect((await bench.send({ to, template })).status).toBe('sent')

  const login = Buffer.from(`me:${PASSWORD}`).toString('base64')
  expect(heard).toHaveLength(1)
  expect(heard[0]).toMatch(/^CONNECT 127\.0\.0\.1:\d+ HTTP\/1\.1\r\n/)
  expect(heard[0]?.toLowerCase()).toContain(`proxy-authorization: basic ${login.toLowerCase()}`)
  expect(fake.accepted).toHaveLength(2)
})

it.each([
  ['refuses the tunnel', 'HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'],
  ['hangs up', ''],
  ['leads to what is no TLS', 'HTTP/1.1 200 Connection established\r\n\r\nno TLS'],
])('sent nothing when the proxy %s', async (_, answer) => {
  const port = await listen((socket) => socket.once('data', () => socket.end(answer)))
  const proxy = `http://me:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`
  const { send, close } = driverAt('https://127.0.0.1:9', proxy)

  expect(told(await send())).toBe('UNAVAILABLE not_sent')
  await close()
})

it('sent nothing when the proxy opens no tunnel, and waits 10 seconds for it', async () => {
  let asked = 0
  let closed = 0
  const port = await listen((socket) => {
    socket.once('data', () => (asked += 1))
    socket.on('close', () => (closed += 1))
  })
  const { send, clock, close } = driverAt('https://127.0.0.1:9', `http://127.0.0.1:${port}`)
  const abort = new AbortController()
  const sending = [send(), send(abort.signal)]
  await until(() => asked === 2)

  abort.abort()
  expect(told(await sending[1]!)).toBe('ABORTED not_sent')
  await clock.advance(10_000)
  expect(told(await sending[0]!)).toBe('UNAVAILABLE not_sent')
  await until(() => closed === 2)
  await close()
})

it('leaves no tunnel half open when it is closed', async () => {
  let asked = 0
  let closed = 0
  const port = await listen((socket) => {
    socket.once('data', () => (asked += 1))
    socket.on('close', () => (closed += 1))
  })
  const { send, close } = driverAt('https://127.0.0.1:9', `http://127.0.0.1:${port}`)
  const abort = new AbortController()
  const sending = send(abort.signal)
  await until(() => asked === 1)
  abort.abort()
  await sending

  await close()

  await until(() => closed === 1)
})

it('takes no proxy from the environment', async () => {
  await using bench = await startBench()
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9').stubEnv('http_proxy', 'http://127.0.0.1:9')

  expect((await bench.send()).status).toBe('sent')

  vi.unstubAllEnvs()
})

it('leaves no listener on the signal of a send that is over', async () => {
  await using fake = await startFakeWechat()
  const { config, openid: to, template } = fake.miniProgram
  const driver = miniProgram(config)
  const attempt = new Attempt({ id: 'a-delivery' })
  const message = driver.parse({ to, template, data: { thing1: 'x', time2: '15:01' } })

  await driver.send(message, attempt)

  expect(getEventListeners(attempt.signal, 'abort')).toHaveLength(0)
  await driver.close()
})
