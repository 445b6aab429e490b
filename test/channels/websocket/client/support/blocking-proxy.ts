/** A proxy as companies have them: it passes requests on, and knows nothing of WebSockets. */
import { once } from 'node:events'
import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BlockingProxy extends AsyncDisposable {
  readonly port: number
  /** Upgrades that it refused. */
  readonly upgrades: number
  /** Passes upgrades on from now on. */
  isOpenMinded: boolean
  /** Ends everything that passes through it. */
  cut(): void
}

export async function startBlockingProxy(targetPort: number): Promise<BlockingProxy> {
  const target = { host: '127.0.0.1', port: targetPort }
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    const onward = ask({ ...target, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  const proxy = {
    port: 0,
    upgrades: 0,
    isOpenMinded: false,
    cut: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined)
    if (!proxy.isOpenMinded) {
      proxy.upgrades += 1
      return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    }
    const onward = ask({ ...target, path: request.url, headers: request.headers })
    onward.on('error', () => socket.destroy())
    onward.on('upgrade', ({ rawHeaders }, far) => {
      const headers = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${rawHeaders[at + 1]}`]))
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`)
      far.on('error', () => socket.destroy())
      far.pipe(socket).pipe(far)
    })
    onward.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy.port = (server.address() as AddressInfo).port
  return proxy
}
