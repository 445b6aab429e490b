/** The HTTP/2 side of the fake: takes streams, asks for a verdict, answers. */
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** What to answer, or how to break off. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A push that arrived whole and is not answered yet. */
export interface Arrival {
  readonly headers: http2.IncomingHttpHeaders
  readonly body: Buffer
  readonly stream: http2.ServerHttp2Stream
  readonly session: http2.ServerHttp2Session
  /** SHA-256 of the client certificate, with certificate authentication. */
  readonly fingerprint: string | undefined
}

export interface FakeServerInit {
  readonly cert: string
  readonly key: string
  /** Client certificates that connections may show. */
  readonly clientCas: readonly string[]
}

/** Who decides what becomes of a push. */
export interface StreamJudge {
  /** The headers are here. */
  readonly onStream: (stream: http2.ServerHttp2Stream) => void
  /** The whole push is here. */
  readonly onArrival: (arrival: Arrival) => void
}

/** Before a token was accepted, and after. Source: facts of jchambers/pushy issue 878, and Apple's page. */
const FIRST_STREAMS = 1
export const ALL_STREAMS = 1000

export class FakeServer {
  /** Most streams open on one connection at once. */
  maxInFlight = 0
  /** Pings received. */
  pings = 0
  /** Streams that the client took back. */
  cancelled = 0
  readonly sessions = new Set<http2.ServerHttp2Session>()
  #judge: StreamJudge | undefined
  readonly #server: http2.Http2SecureServer
  readonly #open = new Map<http2.ServerHttp2Session, number>()

  constructor(init: FakeServerInit) {
    this.#server = http2.createSecureServer({
      cert: init.cert,
      key: init.key,
      ca: [...init.clientCas],
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: FIRST_STREAMS, maxHeaderListSize: 8000 },
    })
    this.#server.on('session', (session) => this.#greet(session))
    this.#server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
      this.#take(stream, headers)
    })
    this.#server.on('tlsClientError', () => undefined)
  }

  judgeBy(judge: StreamJudge): void {
    this.#judge = judge
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** Tells every connection how many streams it may open from now on. */
  async allow(maxConcurrentStreams: number): Promise<void> {
    const told = [...this.sessions].map(
      (session) =>
        new Promise<void>((resolve) => session.settings({ maxConcurrentStreams }, () => resolve())),
    )
    await Promise.all(told)
  }

  async close(): Promise<void> {
    for (const session of this.sessions) session.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #greet(session: http2.ServerHttp2Session): void {
    this.sessions.add(session)
    session.on('error', () => undefined)
    session.on('close', () => this.sessions.delete(session))
    session.on('ping', () => (this.pings += 1))
    if (fingerprintOf(session) !== undefined) session.settings({ maxConcurrentStreams: ALL_STREAMS })
  }

  #take(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    const session = stream.session as http2.ServerHttp2Session | undefined
    if (!session) return
    this.#count(session, 1)
    stream.on('error', () => undefined)
    stream.on('close', () => this.#count(session, -1))
    stream.on('aborted', () => (this.cancelled += 1))
    this.#judge?.onStream(stream)
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (stream.destroyed || stream.closed) return
      const fingerprint = fingerprintOf(session)
      this.#judge?.onArrival({ headers, body: Buffer.concat(chunks), stream, session, fingerprint })
    })
  }

  #count(session: http2.ServerHttp2Session, change: 1 | -1): void {
    const open = (this.#open.get(session) ?? 0) + change
    this.#open.set(session, open)
    this.maxInFlight = Math.max(this.maxInFlight, open)
  }
}

export function answer(stream: http2.ServerHttp2Stream, { status, headers = {}, body = '' }: Answer): void {
  if (stream.destroyed || stream.closed) return
  stream.respond({ ':status': status, ...headers }, { endStream: body === '' })
  if (body !== '') stream.end(body)
}

function fingerprintOf(session: http2.ServerHttp2Session): string | undefined {
  if (session.destroyed) return undefined
  const certificate = (session.socket as TLSSocket).getPeerCertificate() as { fingerprint256?: string } | null
  return certificate?.fingerprint256
}
