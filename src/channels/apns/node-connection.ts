/** A connection to APNs on `node:http2`. */
import * as http2 from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { nextTurn, type Clock, type Timer } from '../../core/clock.ts'
import { shortened } from './foreign-text.ts'
import { NodeStream, type Outcome } from './node-stream.ts'
import type { OpenSocket } from './socket.ts'
import type { Connection, ConnectionListener, OpenStream, PushRequest, StreamListener } from './transport.ts'
import { Watchdog, type WatchdogTimes } from './watchdog.ts'

/** Indexed at most once, else they churn APNs' small header table; sensitive headers are never indexed. */
const UNINDEXED = ['apns-id', 'apns-expiration', 'apns-collapse-id']
/** Stream ids end at 2^31 and only odd ones are ours. */
const MAX_STREAMS = 1_000_000_000

export interface NodeConnectionOptions extends WatchdogTimes {
  readonly openSocket: OpenSocket
  readonly authority: string
  readonly maxInFlight: number
  readonly connectTimeoutMs: number
  /** Streams before APNs has accepted our credentials: 1 with a token. */
  readonly untrustedStreams: number
  readonly clock: Clock
}

type Goaway = [code: number, lastId: number, data?: Uint8Array]

export class NodeConnection implements Connection {
  readonly #options: NodeConnectionOptions
  readonly #listener: ConnectionListener
  readonly #connecting = new AbortController()
  readonly #connectTimer: Timer
  #watchdog: Watchdog | undefined
  #session: http2.ClientHttp2Session | undefined
  #socket: TLSSocket | undefined
  #peerStreams = 0
  #trustedStreams: number
  #active = 0
  #opened = 0
  #isDraining = false
  #isClosed = false
  #cause: Error | undefined
  #goaway: { readonly lastId: number; readonly cause: Error; readonly isError: boolean } | undefined

  constructor(options: NodeConnectionOptions, listener: ConnectionListener) {
    this.#options = options
    this.#listener = listener
    this.#trustedStreams = options.untrustedStreams
    const { connectTimeoutMs, clock } = options
    this.#connectTimer = clock.setTimeout(() => {
      this.destroy(new Error(`No connection within ${connectTimeoutMs} ms`))
    }, connectTimeoutMs)
    options.openSocket(this.#connecting.signal).then(
      (socket) => this.#start(socket),
      (cause: Error) => this.#closed(cause),
    )
  }

  get free(): number {
    if (this.#isDraining || this.#isClosed) return 0
    return Math.min(this.#peerStreams, this.#trustedStreams, this.#options.maxInFlight) - this.#active
  }

  open({ headers, body }: PushRequest, listener: StreamListener): OpenStream {
    const session = this.#session
    if (!session || this.#isDraining) throw new Error('The connection takes no more streams')
    const stream = session.request({ ...headers, [http2.sensitiveHeaders]: UNINDEXED })
    this.#active += 1
    this.#opened += 1
    if (this.#active === 1) {
      session.ref()
      this.#watchdog?.watch()
    }
    if (this.#opened >= MAX_STREAMS) this.drain()
    return new NodeStream({ stream, body, listener, onClose: (...end) => this.#streamClosed(...end) })
  }

  trust(): void {
    this.#trustedStreams = Infinity
    this.#listener.changed()
  }

  drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#session?.close()
    this.#listener.draining()
  }

  destroy(cause: Error): void {
    this.#cause ??= cause
    this.#isDraining = true
    this.#connecting.abort(cause)
    this.#session?.destroy(cause)
    // A session that was closing in order would wait for the peer's FIN.
    this.#socket?.destroy()
  }

  #start(socket: TLSSocket): void {
    try {
      if (!this.#connecting.signal.aborted) return this.#speak(socket)
    } catch (cause) {
      this.#cause ??= cause as Error
    }
    socket.destroy()
    this.#closed(this.#cause)
  }

  #speak(socket: TLSSocket): void {
    const session = http2.connect(`https://${this.#options.authority}`, {
      createConnection: () => socket,
      settings: { enablePush: false },
      maxSessionMemory: 100,
    })
    this.#session = session
    this.#socket = socket
    session.on('remoteSettings', (settings: http2.Settings) => this.#settings(settings, socket))
    session.on('goaway', (...goaway: Goaway) => this.#goneAway(...goaway))
    session.on('error', (cause: Error) => this.destroy(cause))
    session.on('close', () => socket.destroy())
    // A TLS alert is told by the socket alone, which then neither closes nor ends its session.
    socket.on('error', (cause: Error) => this.destroy(cause))
    socket.on('close', () => this.#closed(this.#cause))
  }

  #settings({ maxConcurrentStreams = Infinity }: http2.Settings, socket: TLSSocket): void {
    this.#peerStreams = maxConcurrentStreams
    this.#connectTimer.cancel()
    if (this.#watchdog) this.#watchdog.heard()
    else this.#guard(socket)
    this.#listener.changed()
  }

  #guard(socket: TLSSocket): void {
    const watched = {
      isBusy: () => this.#active > 0,
      bytesRead: () => socket.bytesRead,
      ping: () => this.#ping(),
      giveUp: () => this.destroy(new Error('APNs stopped answering, pings too')),
    }
    this.#watchdog = new Watchdog(this.#options, watched, this.#options.clock)
    this.#watchdog.watch()
    this.#session?.unref()
  }

  #ping(): void {
    if (!this.#session || this.#session.destroyed) return
    this.#session.ping((error) => {
      if (!error) this.#watchdog?.heard()
    })
  }

  #goneAway(...[code, lastId, data]: Goaway): void {
    const cause = goawayError(code, data)
    const last = Math.min(lastId, this.#goaway?.lastId ?? Infinity)
    this.#goaway = {
      lastId: last,
      cause: code === 0 ? cause : (this.#goaway?.cause ?? cause),
      isError: code !== 0 || this.#goaway?.isError === true,
    }
    if (code !== 0) this.#cause = cause
    this.drain()
  }

  #streamClosed(outcome: Outcome, stream: NodeStream): void {
    this.#active -= 1
    if (outcome === 'replied') this.#watchdog?.heard()
    // The GOAWAY that explains the loss may be reported after it.
    if (outcome === 'lost') nextTurn(() => this.#judge(stream))
    if (this.#active === 0 && !this.#isClosed) this.#session?.unref()
    this.#listener.changed()
  }

  #judge(stream: NodeStream): void {
    const { goaway, cause } = { goaway: this.#goaway, cause: this.#cause }
    stream.lost({
      delivery: this.#isUnprocessed(stream) ? 'not_sent' : 'unknown',
      cause: cause ?? goaway?.cause ?? stream.cause,
    })
  }

  #isUnprocessed(stream: NodeStream): boolean {
    const goaway = this.#goaway
    if (stream.isUnwritten) return true
    // Node gives every stream it ends the code of such a GOAWAY, which then says nothing of the stream.
    if (stream.isRefused && goaway?.isError !== true) return true
    return goaway !== undefined && (stream.id ?? 0) > goaway.lastId
  }

  #closed(cause: Error | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#connectTimer.cancel()
    this.#watchdog?.stop()
    this.#listener.closed(cause)
  }
}

function goawayError(code: number, data: Uint8Array = new Uint8Array()): Error {
  const reason = data.length > 0 ? `: ${shortened(Buffer.from(data).toString(), 200)}` : ''
  return new Error(`APNs closed the connection with GOAWAY ${code}${reason}`)
}
