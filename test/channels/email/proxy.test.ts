/** Through an HTTP proxy by CONNECT: the message arrives, and every failure on the way is not sent. */
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { startBench } from './bench.ts'
import { selfSigned } from './certificate.ts'

interface ProxyOptions {
  readonly answer?: string
  readonly isSilent?: boolean
}

async function startProxy({ answer, isSilent = false }: ProxyOptions = {}) {
  const asked: { target: string | undefined; authorization: string | undefined }[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connection', (socket) => sockets.add(socket))
  server.on('connect', (request, client: Socket) => {
    client.on('error', () => undefined)
    asked.push({ target: request.url, authorization: request.headers['proxy-authorization'] })
    if (isSilent) return
    if (answer !== undefined) return client.end(`HTTP/1.1 ${answer}\r\n\r\n`)
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 201 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    port,
    url: `http://proxy-user:proxy%20pass@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('a proxy', () => {
  it('is asked for the server, with its credentials, and the message arrives', async () => {
    await using proxy = await startProxy()
    await using bench = await startBench({ config: { proxy: proxy.url } })

    await bench.receipt()

    expect(bench.fake.accepted).toHaveLength(1)
    expect(proxy.asked).toEqual([
      {
        target: `127.0.0.1:${bench.fake.port}`,
        authorization: `Basic ${Buffer.from('proxy-user:proxy pass').toString('base64')}`,
      },
    ])
  })

  it.each([true, false])('carries TLS, verified as without it (from the first byte: %s)', async (secure) => {
    const tls = selfSigned()
    await using proxy = await startProxy()
    await using bench = await startBench({
      fake: { tls, secure },
      config: { proxy: proxy.url, secure, requireTLS: true, tls: { ca: tls.cert } },
    })

    await bench.receipt()

    expect(bench.fake.accepted[0]?.isSecure).toBe(true)
  })

  it.each([
    ['407 Proxy Authentication Required', 'INVALID_CONFIG'],
    ['403 Forbidden', 'INVALID_CONFIG'],
    ['502 Bad Gateway', 'UNAVAILABLE'],
  ])('that answers %s is %s, and its password stands nowhere', async (answer, code) => {
    await using proxy = await startProxy({ answer })
    await using bench = await startBench({ config: { proxy: proxy.url } })

    const error = await bench.fail()

    expect(error).toMatchObject({
      code,
      delivery: 'not_sent',
      provider: { code: `EPROXY ${answer.slice(0, 3)}` },
    })
    expect(findSecrets(error, ['proxy pass', 'proxy-user:proxy pass'])).toEqual([])
    expect(bench.fake.connectionsMade).toBe(0)
  })

  it('that is not there is UNAVAILABLE', async () => {
    await using bench = await startBench({ config: { proxy: 'http://127.0.0.1:1' } })

    expect(await bench.fail()).toMatchObject({
      code: 'UNAVAILABLE',
      delivery: 'not_sent',
      provider: { code: 'ECONNREFUSED' },
    })
  })

  it('that hangs up is UNAVAILABLE', async () => {
    await using proxy = await startProxy({ answer: '' })
    await using bench = await startBench({ config: { proxy: proxy.url } })

    expect(await bench.fail()).toMatchObject({ delivery: 'not_sent' })
  })

  it('that says nothing is given up with the signal', async () => {
    await using proxy = await startProxy({ isSilent: true })
    await using bench = await startBench({ config: { proxy: proxy.url } })

    const result = await bench.send({}, { attemptTimeoutMs: 30 })

    expect(result).toMatchObject({ status: 'failed', error: { code: 'TIMED_OUT', delivery: 'not_sent' } })
  })
})
