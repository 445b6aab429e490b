/** One open event stream: what may be written to it, and how it ends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Timer } from '../../../core/clock.ts'
import { CLOSE, type CloseReason } from '../close-codes.ts'
import type { SharedByConnections } from '../connection.ts'
import { Frame } from '../frame.ts'
import { hasRoom, type Link, type WriteOptions } from '../link.ts'

/** For the peer to read its last event, in milliseconds, before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 1_000

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // Without the second word, middleware that compresses would hold events back until its block is full.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  // Nothing may follow: a client that wants another stream needs another ticket.
  Connection: 'close',
}
/** How soon a browser comes back by itself; also the first bytes, which show proxies that there will be more. */
const BEGINNING = 'retry: 2000\n\n'

export interface EventStreamInit {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Shared by all connections of a hub. */
  readonly shared: SharedByConnections
  readonly clock: Clock
}

export class EventStream implements Link {
  readonly transport = 'sse'
  readonly answersPings = false
  readonly #response: ServerResponse
  readonly #socket: IncomingMessage['socket']
  readonly #shared: SharedByConnections
  readonly #clock: Clock
  #isCorked = false
  #ending: CloseReason | undefined
  #impatience: Timer | undefined

  constructor({ request, response, shared, clock }: EventStreamInit) {
    this.#response = response
    this.#socket = request.socket
    this.#shared = shared
    this.#clock = clock
    response.once('close', () => this.#impatience?.cancel())
  }

  get isOpen(): boolean {
    const { destroyed, writableEnded } = this.#response
    return this.#ending === undefined && !destroyed && !writableEnded && this.#socket.writable
  }

  get ending(): CloseReason | undefined {
    return this.#ending
  }

  get bufferedBytes(): number {
    return this.#response.writableLength
  }

  /** Answers the request: from now on there are events. */
  begin(): void {
    // A stream is idle for longer than any timeout that a server or framework has for requests.
    this.#socket.setTimeout(0)
    this.#socket.setNoDelay(true)
    this.#response.writeHead(200, HEADERS)
    this.#response.flushHeaders()
    this.#response.write(BEGINNING)
  }

  /** Queues an event; those of one turn leave in one call to the system. */
  write(frame: Frame, { isDroppable = false, onWritten }: WriteOptions = {}): boolean {
    if (!this.isOpen) return false
    if (!this.#hasRoom(isDroppable)) return false
    this.#cork()
    this.#shared.stats.frames++
    if (onWritten) this.#response.write(frame.event, (error) => onWritten(!error))
    else this.#response.write(frame.event)
    return true
  }

  flush(): void {
    if (!this.#isCorked) return
    this.#isCorked = false
    this.#shared.stats.writes++
    // Twice corked, because some versions of Node uncork the socket before they write what the response held back.
    this.#socket.cork()
    this.#response.uncork()
    this.#socket.uncork()
  }

  /** Ends it after what was written before, with an event that says why; only the first reason counts. */
  close(reason: CloseReason): void {
    if (this.#ending) return
    const isOpen = this.isOpen
    this.#ending = reason
    if (!isOpen) return void this.#socket.destroy()
    const { code, reason: why } = reason
    const farewell = new Frame(JSON.stringify({ push: { disconnect: { code, reason: why } } }))
    this.#response.write(farewell.event)
    this.flush()
    this.#response.end()
    this.#impatience = this.#clock.setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS)
    this.#impatience.unref()
  }

  terminate(reason: CloseReason): void {
    this.#ending ??= reason
    this.#socket.destroy()
  }

  #hasRoom(isDroppable: boolean): boolean {
    const { limits, stats } = this.#shared
    const limit = Math.min(limits.maxBufferedBytes, isDroppable ? limits.dropAboveBytes : Infinity)
    if (hasRoom(this, limit)) return true
    if (isDroppable) stats.dropped++
    else this.terminate(CLOSE.slow)
    return false
  }

  #cork(): void {
    if (this.#isCorked) return
    this.#isCorked = true
    this.#response.cork()
    this.#shared.flusher.add(this)
  }
}
