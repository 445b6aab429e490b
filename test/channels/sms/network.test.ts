import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { Wire } from '../../../src/channels/sms/wire.ts'
import { SELF_SIGNED } from './self-signed.ts'
import { errorOf, secretsOf, startBench, type BenchOptions } from './support.ts'

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

/** Sends to another address than the fake's. */
async function sendTo(endpoint: string, options: BenchOptions = {}) {
  await using bench = await startBench({ ...options, endpoint })
  const result = await bench.send()
  expect(findSecrets(result, secretsOf(bench.fake))).toEqual([])
  return errorOf(result)
}

describe('nothing was sent, and the result says so, when', () => {
  it('the connection is refused', async () => {
    const error = await sendTo('http://127.0.0.1:1')

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent', retryable: true })
    expect(error.message).toContain('ECONNREFUSED')
  })

  it('the name does not resolve', async () => {
    const error = await sendTo(`https://${'a'.repeat(300)}`) // too long to be asked of any resolver

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(error.cause).toMatchObject({ code: 'EINVAL', syscall: 'getaddrinfo' })
  })

  it('the other side does not speak TLS', async () => {
    await using bench = await startBench()
    const { port } = new URL(bench.fake.endpoint)

    const error = await sendTo(`https://127.0.0.1:${port}`)

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(bench.fake.calls).toEqual([])
  })

  it('nobody vouches for the certificate, and not a byte of the request is shown to its owner', async () => {
    let decrypted = ''
    const server = createHttpsServer(SELF_SIGNED)
    server.on('secureConnection', (socket) =>
      socket.on('data', (chunk: Buffer) => (decrypted += chunk.toString())),
    )
    await using other = await listening(server)

    const error = await sendTo(`https://127.0.0.1:${other.port}`)

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(decrypted).toBe('')
  })

  it('the time is spent during the TLS handshake, where the stock client cannot tell', async () => {
    const clock = new FakeClock()
    const server = createServer()
    const arrived = once(server, 'connection') as Promise<[Socket]>
    await using other = await listening(server)
    await using bench = await startBench({ endpoint: `https://127.0.0.1:${other.port}`, clock })
    const abort = new AbortController()

    const sending = bench.send({}, { signal: abort.signal })
    const [socket] = await arrived
    abort.abort()

    expect(errorOf(await sending)).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
    socket.destroy()
  })

  it('the send is aborted while the SDK is still being loaded', async () => {
    await using bench = await startBench()
    const abort = new AbortController()

    const sending = bench.send({}, { signal: abort.signal })
    abort.abort()

    expect(errorOf(await sending)).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
    expect((await bench.send()).status).toBe('sent')
    expect(bench.fake.calls).toHaveLength(1)
  })

  it('the send is aborted while it waits for a free connection', async () => {
    await using bench = await startBench({ maxSockets: 1 })
    const stalled = bench.fake.failNext('stall')
    const abort = new AbortController()

    const first = bench.send({}, { signal: abort.signal })
    await stalled
    const waiting = new AbortController()
    const second = bench.send({}, { signal: waiting.signal })
    waiting.abort()

    expect(errorOf(await second)).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
    abort.abort()
    expect(errorOf(await first)).toMatchObject({ code: 'ABORTED', delivery: 'unknown' })
    expect((await bench.send()).status).toBe('sent')
  })
})

describe('a connection', () => {
  it('is closed at once when the caller aborts', async () => {
    const server = createServer()
    const arrived = once(server, 'connection') as Promise<[Socket]>
    await using other = await listening(server)
    await using bench = await startBench({ endpoint: `http://127.0.0.1:${other.port}` })
    const abort = new AbortController()

    const sending = bench.send({}, { signal: abort.signal })
    const [socket] = await arrived
    socket.on('error', () => undefined)
    await once(socket, 'data')
    const closed = once(socket, 'close')
    abort.abort()

    expect(errorOf(await sending)).toMatchObject({ code: 'ABORTED', delivery: 'unknown' })
    await closed
  })

  it('is used again by the next send', async () => {
    await using bench = await startBench({ maxSockets: 1 })

    for (let count = 0; count < 5; count += 1) expect((await bench.send()).status).toBe('sent')

    expect(bench.fake.connectionsMade).toBe(1)
  })

  it('serves sends one after the other when there may be no more', async () => {
    await using bench = await startBench({ maxSockets: 2 })

    const results = await Promise.all(Array.from({ length: 50 }, () => bench.send()))

    expect(results.every(({ status }) => status === 'sent')).toBe(true)
    expect(bench.fake.connectionsMade).toBe(2)
  })

  it('that was kept is not read when the fake is to be unreachable', async () => {
    await using bench = await startBench()
    await bench.send()

    const happened = bench.fake.failNext('unreachable')
    const result = await bench.send()
    await happened

    expect(errorOf(result).code).toBe('UNAVAILABLE')
    expect(bench.fake.calls).toHaveLength(1)
    expect((await bench.send()).status).toBe('sent')
  })

  it('that was kept is given up when the fake is to be unreachable, so that nothing is sent', async () => {
    await using bench = await startBench()
    await bench.send()

    const happened = bench.fake.failNext('unreachable')
    for (let turn = 0; turn < 1000 && bench.fake.connections > 0; turn += 1) await nextTurn()
    expect(bench.fake.connections).toBe(0)
    const result = await bench.send()
    await happened

    expect(errorOf(result)).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect((await bench.send()).status).toBe('sent')
  })

  it('that breaks in the middle of the answer leaves the outcome unknown', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Code":"OK"')
        socket.end()
      })
    })
    await using other = await listening(server)

    const error = await sendTo(`http://127.0.0.1:${other.port}`)

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'unknown' })
  })

  it('that speaks no HTTP leaves the outcome unknown', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end('220 smtp.example.com ESMTP\r\n'))
    })
    await using other = await listening(server)

    const error = await sendTo(`http://127.0.0.1:${other.port}`)

    expect(error).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'unknown' })
    expect(error.message).toContain('HPE_')
  })

  it('that breaks HTTP in the middle of the answer leaves the outcome unknown', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno chunk\r\n'),
      )
    })
    await using other = await listening(server)

    const error = await sendTo(`http://127.0.0.1:${other.port}`)

    expect(error).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'unknown' })
  })

  it.each([
    ['with the header', 'connection: upgrade\r\nupgrade: x\r\n'],
    ['without the header', ''],
  ])(
    'that was switched by HTTP 101 %s leaves the outcome unknown, and is not used again',
    async (_, headers) => {
      let connections = 0
      const server = createServer((socket) => {
        connections += 1
        socket.on('error', () => undefined)
        socket.on('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`))
      })
      await using other = await listening(server)
      await using bench = await startBench({ endpoint: `http://127.0.0.1:${other.port}` })

      for (const count of [1, 2]) {
        expect(errorOf(await bench.send())).toMatchObject({
          code: 'DRIVER_FAILED',
          delivery: 'unknown',
          provider: { code: 'HTTP 101' },
        })
        expect(connections).toBe(count)
      }
    },
  )
})

it('leaves no listener on the signal it was given', async () => {
  await using bench = await startBench()
  const { signal } = new AbortController()
  const added: unknown[] = []
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added.push(args[1])
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    added.splice(added.indexOf(args[1]), 1)
    remove(...args)
  }
  const wire = new Wire({ endpoint: new URL(bench.fake.endpoint), maxSockets: 1, provider: 'Aliyun' })

  for (let count = 0; count < 3; count += 1)
    await wire.send({ method: 'POST', path: '/', headers: {} }, { signal, wasWritten: false })
  wire.close()

  expect(added).toEqual([])
})
