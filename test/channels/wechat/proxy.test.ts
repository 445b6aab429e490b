/** A proxy is used where it is configured, and nothing is sent where it fails. */
import { connect } from 'node:net'
import { expect, it, vi } from 'vitest'
import { startFakeWechat } from '../../../src/channels/wechat/fake.ts'
import { startBench, until } from './bench.ts'
import { cert, key } from './loopback-certificate.ts'
import { driverAt, listen, PASSWORD, told } from './wire-bench.ts'

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
