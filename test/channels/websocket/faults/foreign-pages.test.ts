/** A page of somebody else is refused before anybody is asked who its visitor is. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import {
  websocket,
  type Credentials,
  type WebSocketConfigInput,
} from '../../../../src/channels/websocket/index.ts'
import { answerOf, command, upgradeRequest } from '../support/raw-peer.ts'
import { TLS_CERT, TLS_KEY } from '../support/tls.ts'

interface Asking {
  readonly headers: Readonly<Record<string, string>>
  readonly config?: Partial<WebSocketConfigInput>
  readonly tls?: boolean
  /** Header lines after the others, as they stand. */
  readonly extra?: string
}

/** The status of an upgrade, and who was asked about whom for it. */
async function ask({ headers, config = {}, tls = false, extra = '' }: Asking) {
  const asked: Credentials[] = []
  const authenticate = (credentials: Credentials) => {
    asked.push(credentials)
    return { user: '1001' }
  }
  const driver = websocket({ authenticate, drainMs: 0, ...config })
  const server = tls ? createTlsServer({ key: TLS_KEY, cert: TLS_CERT }) : createServer()
  driver.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', ca: TLS_CERT, servername: 'localhost' })
    : connect(port, '127.0.0.1')
  const request = upgradeRequest(port, { headers }).toString().replace(/\r\n$/, `${extra}\r\n`)
  socket.write(Buffer.concat([Buffer.from(request), command(1, 'connect', {})]))
  const peer = await answerOf(socket)
  const status = Number(peer.head[0]?.split(' ')[1])
  if (status === 101) await peer.received(1)
  socket.destroy()
  await driver.close()
  server.close()
  return { status, asked }
}

const host = 'app.example.com'
const cookie = 'session=1001'

describe('is refused with 403, and its visitor’s cookie is shown to nobody', () => {
  it.each<[string, Asking]>([
    ['another site', { headers: { host, origin: 'https://evil.example' } }],
    ['a sandboxed frame', { headers: { host, origin: 'null' } }],
    [
      'a sandboxed frame, where there is a list',
      { headers: { host, origin: 'null' }, config: { origins: ['https://app.example.com'] } },
    ],
    ['an empty origin', { headers: { host, origin: '' } }],
    [
      'two origins in one line',
      { headers: { host, origin: 'https://app.example.com https://evil.example' } },
    ],
    [
      'two origins in two lines',
      { headers: { host, origin: 'https://evil.example' }, extra: 'Origin: https://app.example.com\r\n' },
    ],
    ['another port', { headers: { host: `${host}:8443`, origin: 'https://app.example.com:8444' } }],
    [
      'the plain port for the other scheme',
      { headers: { host: `${host}:80`, origin: 'https://app.example.com' } },
    ],
    [
      'a page without TLS, at a server with it',
      { headers: { host, origin: 'http://app.example.com' }, tls: true },
    ],
    [
      'a page without TLS, where the list has it with',
      {
        headers: { host, origin: 'http://app.example.com' },
        config: { origins: ['https://app.example.com'] },
      },
    ],
    [
      'the own page, where the list has another',
      {
        headers: { host, origin: 'https://app.example.com' },
        config: { origins: ['https://www.example.com'] },
      },
    ],
    ['a name with a dot at its end', { headers: { host, origin: 'https://app.example.com.' } }],
    ['a parent domain', { headers: { host, origin: 'https://example.com' } }],
    ['the local machine', { headers: { host, origin: 'http://localhost' } }],
    ['another IPv6 address', { headers: { host: '[::1]:8080', origin: 'http://[::2]:8080' } }],
    [
      'a page whose host is in its path',
      { headers: { host, origin: 'https://evil.example/app.example.com' } },
    ],
  ])('%s', async (_which, asking) => {
    const { status, asked } = await ask({ ...asking, headers: { ...asking.headers, cookie } })

    expect(status).toBe(403)
    expect(asked).toEqual([])
  })
})

describe('may connect', () => {
  it.each<[string, Asking]>([
    ['the own page', { headers: { host, origin: 'https://app.example.com' } }],
    ['the own page over TLS', { headers: { host, origin: 'https://app.example.com' }, tls: true }],
    ['the own page on a port', { headers: { host: `${host}:8443`, origin: 'https://app.example.com:8443' } }],
    ['the own page at an IPv6 address', { headers: { host: '[::1]:8080', origin: 'http://[::1]:8080' } }],
    [
      'a page of the list, in capitals',
      {
        headers: { host, origin: 'HTTPS://WWW.example.com' },
        config: { origins: ['https://www.example.com'] },
      },
    ],
    [
      'a page of the list, its port written out',
      {
        headers: { host, origin: 'https://www.example.com:443' },
        config: { origins: ['https://www.example.com'] },
      },
    ],
    ['any page, with *', { headers: { host, origin: 'https://evil.example' }, config: { origins: '*' } }],
    ['who is no page, and sends no origin', { headers: { host } }],
  ])('%s, and its cookie is the hook’s to judge', async (_which, asking) => {
    const { status, asked } = await ask({ ...asking, headers: { ...asking.headers, cookie } })

    expect(status).toBe(101)
    expect(asked).toMatchObject([{ headers: { cookie } }])
  })
})
