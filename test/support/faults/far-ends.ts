/** Far ends that are no provider at all: silent, foreign, or not to be trusted. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { selfSigned } from '../../../src/channels/apns/fake-certificate.ts'

export interface Where {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

export interface FarEnd {
  readonly where: Where
  /** Resolves when a driver has come; where `speaksFirst`, when its first bytes have. */
  readonly reached: Promise<unknown>
  readonly close: () => Promise<unknown>
}

const LOCAL = '127.0.0.1'

/** A port that only the system may listen on, and nobody does. */
export const CLOSED_PORT: Where = { host: LOCAL, port: 1, isTls: false }

/** RFC 2606 keeps the domain from ever existing. */
export const NO_SUCH_HOST: Where = { host: 'does-not-exist.invalid', port: 443, isTls: true }

/** Accepts connections and says nothing. */
export function startSilent(isTls: boolean, speaksFirst: boolean): Promise<FarEnd> {
  return startPlain(isTls, (socket, reached) => {
    if (speaksFirst) socket.once('data', reached)
    else reached()
  })
}

/** Answers whatever comes, a TLS handshake above all, with a line of HTTP. */
export function startForeign(isTls: boolean): Promise<FarEnd> {
  return startPlain(isTls, (socket, reached) => {
    socket.once('data', () => {
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
      reached()
    })
  })
}

/** Shows a certificate that nobody signed. */
export async function startUntrusted(): Promise<FarEnd> {
  const server = createTlsServer({ ...selfSigned('localhost'), ALPNProtocols: ['h2', 'http/1.1'] })
  server.on('tlsClientError', () => undefined)
  return listen(server, true, (_socket, reached) => reached())
}

type Greet = (socket: Socket, reached: () => void) => void

const startPlain = (isTls: boolean, greet: Greet) => listen(createServer(), isTls, greet)

async function listen(
  server: ReturnType<typeof createServer>,
  isTls: boolean,
  greet: Greet,
): Promise<FarEnd> {
  const sockets = new Set<Socket>()
  const { promise: reached, resolve } = withResolvers()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    greet(socket, resolve)
  })
  return {
    where: { host: LOCAL, port: await portOf(server), isTls },
    reached,
    close: () => drop(server, sockets),
  }
}

/**
 * Carries bytes to a provider and, from the moment it has been told the whole of a message, keeps the answers.
 * @param isWhole whether what the driver has written so far holds a whole message
 */
export async function startLateLine(port: number, isWhole: (written: string) => boolean): Promise<FarEnd> {
  const sockets = new Set<Socket>()
  const { promise: reached, resolve } = withResolvers()
  const server = createServer((near) => {
    let written = ''
    const far = connect(port, LOCAL)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.on('data', (chunk: Buffer) => {
      written += chunk.toString('latin1')
      far.write(chunk)
    })
    near.on('close', () => far.destroy())
    far.on('data', (chunk) => {
      if (isWhole(written)) resolve()
      else near.write(chunk)
    })
  })
  return {
    where: { host: LOCAL, port: await portOf(server), isTls: false },
    reached,
    close: () => drop(server, sockets),
  }
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, LOCAL)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function drop(server: ReturnType<typeof createServer>, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => undefined as void
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
