/** The others: a `ws` send loop, `io.emit`, and sockets of `node:net` that are written one ready-made frame. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createPlainServer, type Socket } from 'node:net'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer, type WebSocket } from 'ws'
import { KEY, QUIET_MS, type Served, type ServeOptions } from './contract.ts'
import { listen } from './listen.ts'

/** The token is each client's first frame; whoever showed a good one is told. */
export async function serveWs(): Promise<Served> {
  const server = createServer()
  const hub = new WebSocketServer({ server })
  const clients = new Set<WebSocket>()
  hub.on('connection', (client) => {
    client.on('error', () => undefined)
    client.on('close', () => clients.delete(client))
    client.once('message', (token: Buffer) => {
      if (!isSigned(token.toString())) return client.close(3500)
      clients.add(client)
      client.send('ok')
    })
  })
  return {
    port: await listen(server),
    count: () => clients.size,
    broadcast(data, times) {
      for (let left = times; left > 0; left -= 1) {
        const text = JSON.stringify(data)
        for (const client of clients) client.send(text)
      }
    },
  }
}

export async function serveSocketIo({ hasRecovery }: ServeOptions): Promise<Served> {
  const server = createServer()
  const io = new SocketIo(server, {
    transports: ['websocket'],
    serveClient: false,
    pingInterval: QUIET_MS,
    ...(hasRecovery && { connectionStateRecovery: { skipMiddlewares: false } }),
  })
  io.use(({ handshake }, next) => {
    const { token } = handshake.auth as { readonly token?: unknown }
    next(typeof token === 'string' && isSigned(token) ? undefined : new Error('no valid token'))
  })
  return {
    port: await listen(server),
    count: () => io.of('/').sockets.size,
    broadcast(data, times) {
      for (let left = times; left > 0; left -= 1) io.emit('message', data)
    },
  }
}

/** What no server can do less than: no handshake, no token, no state but the socket. */
export async function serveNet(): Promise<Served> {
  const clients = new Set<Socket>()
  const server = createPlainServer({ noDelay: true }, (socket) => {
    clients.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => clients.delete(socket))
    socket.resume()
  })
  return {
    port: await listen(server),
    count: () => clients.size,
    broadcast(data, times) {
      const frame = frameOf(JSON.stringify(data))
      if (times === 1) for (const socket of clients) socket.write(frame)
      else for (const socket of clients) writeCorked(socket, frame, times)
    },
  }
}

function writeCorked(socket: Socket, frame: Buffer, times: number): void {
  socket.cork()
  for (let left = times; left > 0; left -= 1) socket.write(frame)
  socket.uncork()
}

/** A text frame of 126 to 65,535 bytes. */
function frameOf(text: string): Buffer {
  const head = Buffer.from([0x81, 126, 0, 0])
  head.writeUInt16BE(text.length, 2)
  return Buffer.concat([head, Buffer.from(text)])
}

/** The same work on a token that ours does. */
function isSigned(token: string): boolean {
  const [head = '', body = '', signature = ''] = token.split('.')
  const given = Buffer.from(signature, 'base64url')
  const expected = createHmac('sha256', KEY).update(`${head}.${body}`).digest()
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false
  const { exp } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { readonly exp: number }
  return exp * 1_000 > Date.now()
}
