/** Opens the TLS connection that HTTP/2 runs on: verified, TLS 1.2 or later, and nothing but `h2`. */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { isIP } from 'node:net'
import { NO_HTTP2_CODE } from './errors.ts'

/** Rejects with the socket's own error, or with the reason of the signal. */
export type OpenSocket = (signal: AbortSignal) => Promise<TLSSocket>

export interface SocketOptions {
  readonly host: string
  readonly port: number
  readonly tls: ConnectionOptions
}

export function socketOpener({ host, port, tls }: SocketOptions): OpenSocket {
  return (signal) => {
    const servername = isIP(host) ? {} : { servername: host }
    const settings = { ...tls, ...servername, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2' } as const
    return secured(connect({ ...settings, host, port, rejectUnauthorized: true }), signal)
  }
}

function secured(socket: TLSSocket, signal: AbortSignal): Promise<TLSSocket> {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 60_000)
  return new Promise((resolve, reject) => {
    const stop = () => {
      socket.destroy()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', stop, { once: true })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The connection was closed during the TLS handshake')))
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', stop)
      socket.off('error', reject)
      if (socket.alpnProtocol === 'h2') return resolve(socket)
      socket.destroy()
      reject(Object.assign(new Error('The server does not speak HTTP/2'), { code: NO_HTTP2_CODE }))
    })
  })
}
