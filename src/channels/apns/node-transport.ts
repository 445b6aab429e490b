/** The transport on `node:http2`. */
import type { SecureContextOptions } from 'node:tls'
import type { Clock } from '../../core/clock.ts'
import { authorityOf, hostOf, type ApnsConfig } from './config.ts'
import { NodeConnection } from './node-connection.ts'
import { socketOpener } from './socket.ts'
import type { Transport } from './transport.ts'

export interface NodeTransportInit {
  readonly config: ApnsConfig
  /** The client certificate, with certificate authentication. */
  readonly tls: SecureContextOptions
  readonly clock: Clock
}

export function nodeTransport({ config, tls, clock }: NodeTransportInit): Transport {
  const host = hostOf(config)
  const ca = config.ca === undefined ? {} : { ca: Buffer.from(config.ca) }
  const openSocket = socketOpener({ host, port: config.port, tls: { ...tls, ...ca } })
  const untrustedStreams = config.auth.type === 'token' ? 1 : Infinity
  const options = { ...config, openSocket, authority: authorityOf(config), untrustedStreams, clock }
  return { connect: (listener) => new NodeConnection(options, listener) }
}
