/** Whether a failed message may have gone out: the answer must hold wherever the connection breaks. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { smtp } from '../../../src/channels/email/index.ts'
import { createNotify } from '../../../src/index.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { FROM, message, startBench, TO } from './bench.ts'

async function sendTo(config: { host: string; port: number; requireTLS?: boolean; greetingMs?: number }) {
  const { greetingMs = 5000, ...rest } = config
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { email: smtp({ ...rest, from: FROM, timeouts: { connectMs: 10_000, greetingMs } }) },
  })
  const result = await notify.send('email', message)
  await notify.close()
  return result.status === 'failed' ? result.error : undefined
}

/** A server of raw sockets; closes with all of them. */
async function startRaw(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port nobody listens on; one that was free a moment ago may be a fake's own by now. */
const NOBODY = 1

describe('before anything was taken, the message is not sent', () => {
  it('when nobody listens on the port', async () => {
    const error = await sendTo({ host: '127.0.0.1', port: NOBODY })

    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
      provider: { code: 'ECONNREFUSED' },
    })
    expect(error?.retryable).toBe(true)
  })

  it('when the host does not exist', async () => {
    const error = await sendTo({ host: 'no-such-host.invalid', port: 25 })

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  })

  it('when the server accepts the connection and says nothing', async () => {
    await using silent = await startRaw(() => undefined)

    const error = await sendTo({ host: '127.0.0.1', port: silent.port, greetingMs: 50 })

    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
      provider: { code: 'GREETING_TIMEOUT' },
    })
  })

  it('when the server speaks another protocol', async () => {
    await using web = await startRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))

    expect(await sendTo({ host: '127.0.0.1', port: web.port })).toMatchObject({
      code: 'DRIVER_FAILED',
      delivery: 'not_sent',
    })
  })

  it('when the server hangs up instead of greeting', async () => {
    await using rude = await startRaw((socket) => socket.end())

    expect(await sendTo({ host: '127.0.0.1', port: rude.port })).toMatchObject({
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
    })
  })

  it('when TLS is required and the server has none', async () => {
    await using bench = await startBench({ config: { requireTLS: true } })

    const error = await bench.fail()

    expect(error).toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
    expect(bench.fake.commands).not.toContain('MAIL')
  })
})

describe('an abort tells how far the message had come', () => {
  it.each(['GREETING', 'MAIL'] as const)('at the %s it is not sent', async (place) => {
    const abort = new AbortController()
    await using stuck = await startRaw((socket) => {
      if (place === 'GREETING') return abort.abort()
      socket.write('220 hello\r\n')
      socket.on('data', (line) => {
        if (line.toString().startsWith('EHLO')) socket.write('250 hello\r\n')
        else abort.abort()
      })
    })
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { email: smtp({ host: '127.0.0.1', port: stuck.port, from: FROM }) },
    })

    const result = await notify.send('email', message, { signal: abort.signal })
    await notify.close()

    expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
  })

  it('while the text is under way it is not sent, and the socket is closed at once', async () => {
    const abort = new AbortController()
    let closed: Promise<unknown> = Promise.resolve()
    await using slow = await startRaw((socket) => {
      closed = new Promise((resolve) => socket.once('close', resolve))
      socket.write('220 hello\r\n')
      socket.on('data', (line) => {
        const text = line.toString('latin1')
        if (text.startsWith('DATA')) socket.write('354 go\r\n')
        else if (/^(EHLO|MAIL|RCPT)/.test(text)) socket.write('250 ok\r\n')
        else {
          // Takes the first bytes, then no more: the rest waits in our own buffers.
          socket.pause()
          abort.abort()
          socket.resume()
        }
      })
    })
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { email: smtp({ host: '127.0.0.1', port: slow.port, from: FROM }) },
    })
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(12 * 1024 * 1024, 7) }]

    const result = await notify.send('email', { ...message, attachments }, { signal: abort.signal })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
    await closed
    await notify.close()
  })

  it('while an attachment is still being read it is not sent, and no connection is made', async () => {
    await using bench = await startBench()
    const abort = new AbortController()
    // eslint-disable-next-line @typescript-eslint/require-await
    async function* endless() {
      abort.abort()
      for (;;) yield Buffer.alloc(16)
    }

    const result = await bench.send(
      { attachments: [{ filename: 'a', content: endless() }] },
      { signal: abort.signal },
    )

    expect(result).toMatchObject({ status: 'failed', error: { code: 'ABORTED', delivery: 'not_sent' } })
    expect(bench.fake.connectionsMade).toBe(0)
  })
})

describe('a reply that comes before the final dot', () => {
  it.each([
    ['250 2.0.0 Ok', { code: 'DRIVER_FAILED', delivery: 'unknown' }],
    ['552 5.3.4 Too big', { code: 'PAYLOAD_TOO_LARGE', delivery: 'not_sent' }],
  ])('%s ends the connection, and is not believed to be more than it is', async (reply, expected) => {
    const closed: Promise<unknown>[] = []
    await using hasty = await startRaw((socket) => {
      let inBody = false
      closed.push(new Promise((resolve) => socket.once('close', resolve)))
      if (closed.length > 1) return socket.end('421 4.3.2 Enough\r\n')
      socket.write('220 hello\r\n')
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1')
        if (inBody) return
        if (text.startsWith('DATA')) socket.write('354 go\r\n')
        else if (/^(EHLO|MAIL|RCPT)/.test(text)) socket.write('250 ok\r\n')
        else {
          inBody = true
          // Reads no further, so that the rest of the text has nowhere to go.
          socket.pause()
          socket.write(`${reply}\r\n`)
        }
      })
    })
    const config = { host: '127.0.0.1', port: hasty.port, from: FROM, pool: { maxConnections: 1 } }
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { email: smtp(config) },
    })
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(11 * 1024 * 1024, 7) }]

    const result = await notify.send('email', { ...message, attachments })

    expect(result).toMatchObject({ status: 'failed', error: expected })
    await notify.send('email', message)
    await notify.close()
    expect(closed).toHaveLength(2)
  })
})

/** Passes everything on, but breaks both sides once the client has sent `bytes` bytes. */
function cutAfter(port: number, bytes: number) {
  return startRaw((client) => {
    const server = connect(port, '127.0.0.1')
    server.setNoDelay(true)
    client.setNoDelay(true)
    server.on('error', () => undefined)
    server.on('close', () => client.destroy())
    client.on('close', () => server.destroy())
    server.on('data', (chunk) => client.write(chunk))
    let left = bytes
    client.on('data', (chunk) => {
      server.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) server.end(() => client.resetAndDestroy())
    })
  })
}

describe.concurrent('a connection cut after any byte of the dialogue', () => {
  const points = Array.from({ length: 24 }, (_, index) => 1 + index * 41)

  it.each(points)('tells the truth at byte %i', async (bytes) => {
    await using bench = await startBench({ fake: { pipelining: bytes % 2 === 0 } })
    await using cut = await cutAfter(bench.fake.port, bytes)
    const notify = createNotify({
      retry: false,
      breaker: false,
      idempotency: false,
      channels: { email: smtp({ host: '127.0.0.1', port: cut.port, from: FROM }) },
    })

    const result = await notify.send('email', message)
    await notify.close()

    if (result.status !== 'failed') {
      expect(result.status).toBe('sent')
      expect(bench.fake.accepted).toHaveLength(1)
    } else {
      expect(result.error.code).toBe('UNAVAILABLE')
      // The commands up to DATA alone are longer than this.
      if (bytes < 130) expect(result.error.delivery).toBe('not_sent')
      if (bench.fake.accepted.length > 0) expect(result.error.delivery).toBe('unknown')
      if (result.error.delivery === 'not_sent') expect(bench.fake.accepted).toHaveLength(0)
      expect(findSecrets(result, [TO])).toEqual([])
    }
  })
})
