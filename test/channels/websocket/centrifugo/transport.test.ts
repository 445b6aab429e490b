/** Whether a message was written is known at every stage of its connection. */
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import type { CentrifugoConfigInput } from '../../../../src/channels/websocket/centrifugo/config.ts'
import { createNotify, type SendResult } from '../../../../src/index.ts'
import { cert, key } from '../../wechat/loopback-certificate.ts'
import { errorOf, startBench, TITLE, USER } from './bench.ts'

const YES = '{"result":{}}'

async function listening(server: Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A driver for another server than the fake. */
function driverAt(endpoint: string, config: Partial<CentrifugoConfigInput> = {}) {
  const push = centrifugo({ endpoint, apiKey: 'the-secret-key', ...config })
  const notify = createNotify({ retry: false, breaker: false, idempotency: false, channels: { push } })
  const message = { to: { user: USER }, title: TITLE }
  return {
    send: (signal = new AbortController().signal) => notify.send('push', message, { signal }),
    [Symbol.asyncDispose]: () => notify.close(),
  }
}

function told(result: SendResult): string {
  if (result.status !== 'failed') return result.status
  const { code, delivery } = errorOf(result)
  return `${code} ${delivery}`
}

describe('nothing was sent, and the result says so, when', () => {
  it('the connection is refused', async () => {
    await using driver = driverAt('http://127.0.0.1:1')

    const result = await driver.send()

    expect(told(result)).toBe('UNAVAILABLE not_sent')
    expect(errorOf(result).cause).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('the name does not resolve', async () => {
    await using driver = driverAt(`https://${'a'.repeat(300)}`) // too long to be asked of any resolver

    expect(told(await driver.send())).toBe('UNAVAILABLE not_sent')
  })

  it('the other side does not speak TLS', async () => {
    await using server = await listening(createServer((socket) => void socket.resume().end('this is no TLS')))
    await using driver = driverAt(`https://127.0.0.1:${server.port}`)

    expect(told(await driver.send())).toBe('UNAVAILABLE not_sent')
  })

  it('nobody vouches for the certificate, and not a byte is shown to its owner', async () => {
    let decrypted = ''
    const https = createHttpsServer({ key, cert })
    https.on('secureConnection', (socket) => socket.on('data', (chunk) => (decrypted += String(chunk))))
    await using server = await listening(https)
    await using driver = driverAt(`https://127.0.0.1:${server.port}`)

    const result = await driver.send()

    expect(told(result)).toBe('UNAVAILABLE not_sent')
    expect(errorOf(result).message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(decrypted).toBe('')
  })

  it('it is aborted while TLS is being agreed', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket.on('error', () => undefined)))
    const arrived = once(silent, 'connection')
    await using server = await listening(silent)
    await using driver = driverAt(`https://127.0.0.1:${server.port}`)
    const abort = new AbortController()
    const sending = driver.send(abort.signal)
    await arrived

    abort.abort()

    expect(told(await sending)).toBe('ABORTED not_sent')
    for (const socket of sockets) socket.destroy()
  })

  it('it is aborted while it waits for a free connection', async () => {
    await using bench = await startBench({ config: { maxSockets: 1 } })
    const happened = bench.fake.failNext('stall')
    const first = bench.send()
    await happened
    const abort = new AbortController()
    const second = bench.send({}, { signal: abort.signal })
    await new Promise<void>((resolve) => setImmediate(resolve))

    abort.abort()

    expect(told(await second)).toBe('ABORTED not_sent')
    await bench.clock.advance(60_000)
    expect(told(await first)).toBe('TIMED_OUT unknown')
    expect(told(await bench.send())).toBe('sent')
  })

  it('the driver was closed', async () => {
    await using bench = await startBench()
    await bench.driver.close()

    expect(told(await bench.send())).toBe('CLOSED not_sent')
    expect(bench.fake.connections).toBe(0)
  })
})

describe('nobody knows what became of a message', () => {
  it('that was written to a connection which was used before and then reset', async () => {
    const reply = `HTTP/1.1 200 OK\r\ncontent-length: ${YES.length}\r\n\r\n${YES}`
    const fickle = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write(reply)
        socket.once('data', () => socket.resetAndDestroy())
      })
    })
    await using server = await listening(fickle)
    await using driver = driverAt(`http://127.0.0.1:${server.port}`)

    const results = [told(await driver.send()), told(await driver.send())]

    expect(results).toEqual(['sent', 'UNAVAILABLE unknown'])
  })

  it.each([
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"result":{', 'UNAVAILABLE unknown'],
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'DRIVER_FAILED unknown'],
    ['nothing at all', '', 'UNAVAILABLE unknown'],
  ])('that is answered with %s', async (_, bytes, expected) => {
    const rude = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(bytes))
    })
    await using server = await listening(rude)
    await using driver = driverAt(`http://127.0.0.1:${server.port}`)

    expect(told(await driver.send())).toBe(expected)
  })

  it('that is aborted after it was written', async () => {
    await using bench = await startBench()
    const abort = new AbortController()
    const happened = bench.fake.failNext('stall_accepted')
    const sending = bench.send({}, { signal: abort.signal })
    await happened

    abort.abort()

    expect(told(await sending)).toBe('ABORTED unknown')
  })
})

it('goes over TLS to a server that it is told to trust', async () => {
  const https = createHttpsServer({ key, cert }, (request, response) => {
    request.resume().once('end', () => response.end(YES))
  })
  await using server = await listening(https)
  await using driver = driverAt(`https://127.0.0.1:${server.port}`, { ca: cert })

  expect(told(await driver.send())).toBe('sent')
})

it('keeps its connection for the next message', async () => {
  await using bench = await startBench()

  for (let time = 0; time < 5; time += 1) await bench.send()

  expect(bench.fake.accepted).toHaveLength(5)
  expect(bench.fake.connections).toBe(1)
})
