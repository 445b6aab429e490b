/** A server of our own, for who has none to attach to. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refusal } from './errors.ts'

export interface ListenOptions {
  /** 0 for one that is free. @default 0 */
  readonly port?: number
  /** `0.0.0.0` to be reached from other machines. @default '127.0.0.1' */
  readonly host?: string
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** For clients: `ws://127.0.0.1:8080/push`. */
  readonly url: string
}

/** A server that knows upgrades and what `handle` answers, and tells everyone else so. */
export function createPlainServer(
  handle: (...exchange: [...Parameters<RequestListener>, () => void]) => void,
): Server {
  return createServer((request, response) => {
    handle(request, response, () => {
      response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end()
    })
  })
}

/** @throws {NotifyError} INVALID_CONFIG, where the address cannot be bound */
export function bind(server: Server, { port = 0, host = '127.0.0.1' }: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => {
      reject(refusal('address_in_use', `Cannot listen on ${host}:${port}`, cause))
    }
    const closed = () => reject(refusal('draining', 'The WebSocket channel was closed'))
    server.once('error', failed)
    server.once('close', closed)
    server.listen(port, host, () => {
      server.off('error', failed)
      server.off('close', closed)
      resolve(server.address() as AddressInfo)
    })
  })
}

export function unbind(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
