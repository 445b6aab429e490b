/** A TLS handshake as the driver makes it, but one that goes on far enough to say what is wrong. */
import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Endpoint } from '../../core/endpoint.ts'
import { destroyWith } from './within.ts'

export interface Handshake {
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  /** Why the certificate is not trusted, in Node's word for it. */
  readonly problem: string | undefined
  /** Epoch milliseconds, of the server's certificate. */
  readonly validTo: number
  /** The names it is for. */
  readonly names: readonly string[]
}

/** @param socket already connected, where STARTTLS came before */
export async function shakeHands(
  endpoint: Endpoint,
  signal: AbortSignal,
  socket?: Socket,
): Promise<Handshake> {
  const secured = await secure({ ...tlsOptions(endpoint), ...(socket && { socket }) }, signal)
  try {
    return describe(secured)
  } finally {
    secured.destroy()
  }
}

/** Nothing secret is ever sent on these connections, so that an untrusted server may be talked to. */
export function tlsOptions({ host, port, ca, servername, protocol }: Endpoint): ConnectionOptions {
  const name = servername ?? (isIP(host) === 0 ? host : undefined)
  return {
    ...{ host, port, rejectUnauthorized: false },
    ...(name !== undefined && { servername: name }),
    ...(ca !== undefined && { ca: authorities(ca) }),
    ...(protocol === 'h2' && { ALPNProtocols: ['h2'] }),
  }
}

function authorities(ca: NonNullable<Endpoint['ca']>): (string | Buffer)[] {
  const all = typeof ca === 'string' || ca instanceof Uint8Array ? [ca] : ca
  return all.map((one) => (typeof one === 'string' ? one : Buffer.from(one)))
}

function secure(options: ConnectionOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options)
    destroyWith(socket, signal)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('secureConnect', () => resolve(socket))
  })
}

function describe(socket: TLSSocket): Handshake {
  const { valid_to, subject, subjectaltname = '' } = socket.getPeerCertificate()
  const alternatives = subjectaltname.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''))
  const names = alternatives.filter((name) => name !== '')
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    problem: socket.authorized ? undefined : String(socket.authorizationError),
    validTo: Date.parse(valid_to),
    names: names.length > 0 ? names : [subject.CN ?? []].flat(),
  }
}
