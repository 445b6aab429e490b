/** Whether a message was written is known at every stage of its connection, and nothing of it is shown. */
import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram } from '../../../src/channels/wechat/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { startBench, until } from './bench.ts'
import { cert, key } from './loopback-certificate.ts'
import { driverAt, listen, OK, OPENID, told } from './wire-bench.ts'

it('sent nothing when the connection is refused', async () => {
  const { send, close } = driverAt('http://127.0.0.1:1')

  const result = await send()

  expect(told(result)).toBe('UNAVAILABLE not_sent')
  expect(result).toMatchObject({ error: { cause: { code: 'ECONNREFUSED', name: 'HttpFailure' } } })
  await close()
})

it('sent nothing when the name does not resolve', async () => {
  const { send, close } = driverAt(`https://${'a'.repeat(300)}`) // too long to be asked of any resolver

  const result = await send()

  expect(told(result)).toBe('UNAVAILABLE not_sent')
  expect(result).toMatchObject({ error: { cause: { code: 'EINVAL' } } })
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
  const reply = `HTTP/1.1 200 OK\r\ncontent-length: ${OK.length}\r\n\r\n${OK}`
  const port = await listen((socket) => {
    socket.once('data', () => {
      socket.write(reply)
      socket.once('data', () => socket.resetAndDestroy())
    })
  })
  const { send, close } = driverAt(`http://127.0.0.1:${port}`)

  expect(told(await send())).toBe('sent')
  expect(told(await send())).toBe('UNAVAILABLE unknown')
  await close()
})

it.each([
  ['http', {}, {}],
  ['https', { ca: cert }, { tls: { key, cert } }],
])('sent nothing when the fake is unreachable after it kept a connection of %s', async (_, config, fake) => {
  await using bench = await startBench({ config, fake })
  expect((await bench.send()).status).toBe('sent')
  const happened = bench.fake.failNext('unreachable')
  await until(() => bench.fake.connections === 0)

  expect(told(await bench.send())).toBe('UNAVAILABLE not_sent')
  await happened
  expect(bench.fake.calls.message).toBe(1)
  expect((await bench.send()).status).toBe('sent')
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

it.each([
  ['bytes that are no HTTP', 'no such protocol\r\n\r\n', 'DRIVER_FAILED unknown'],
  [
    'a reply cut off in its body',
    `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${OK}`,
    'UNAVAILABLE unknown',
  ],
  ['no reply', '', 'UNAVAILABLE unknown'],
  [
    'to speak another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'DRIVER_FAILED unknown',
  ],
  ['HTTP 101 and nothing else', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', 'DRIVER_FAILED unknown'],
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

it.each([
  ['with the header', 'connection: upgrade\r\nupgrade: x\r\n'],
  ['without the header', ''],
])('does not wait on a connection that was switched by HTTP 101 %s', async (_, headers) => {
  let isClosed = false
  const port = await listen((socket) => {
    socket.once('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`))
    socket.on('close', () => (isClosed = true))
  })
  const { send, close } = driverAt(`http://127.0.0.1:${port}`)

  const result = await send()

  expect(told(result)).toBe('DRIVER_FAILED unknown')
  expect(result).toMatchObject({ error: { provider: { code: 'HTTP 101', status: 101 } } })
  await until(() => isClosed)
  await close()
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

it('sent nothing when the message cannot be written as JSON', async () => {
  await using fake = await startFakeWechat()
  const driver = miniProgram(fake.miniProgram.config)
  const message = { to: OPENID, template: 't', data: { thing1: 1n } }

  const sending = driver.send(message as never, new Attempt({ id: 'a-delivery' }))

  await expect(sending).rejects.toMatchObject({ code: 'DRIVER_FAILED', delivery: 'not_sent' })
  expect(fake.connections).toBe(0)
  await driver.close()
})
