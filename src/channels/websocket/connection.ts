/** One open WebSocket: what may be written to it, and how it ends. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE, type CloseReason } from './close-codes.ts'
import type { Flusher } from './flusher.ts'
import type { Frame, FrameRun } from './frame.ts'
import { hasRoom, type Link, type LinkLimits, type WriteOptions } from './link.ts'
import type { Stats } from './stats.ts'

const OPEN = 1

export interface ConnectionInit {
  readonly ws: WebSocket
  readonly socket: Duplex
  /** Shared by all connections of a hub. */
  readonly shared: SharedByConnections
}

export interface SharedByConnections {
  readonly limits: LinkLimits
  readonly flusher: Flusher
  readonly stats: Stats
}

export class Connection implements Link {
  readonly transport = 'websocket'
  readonly answersPings = true
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #shared: SharedByConnections
  /** What this turn has said, until the flush. */
  #pending: Frame | FrameRun | undefined
  #pendingBytes = 0
  /** Of one answer that is larger than all that may wait, while it goes out: who came back for much reads no slower for it. */
  #largeBytes = 0
  #onWritten: ((isWritten: boolean) => void)[] | undefined
  #ending: CloseReason | undefined

  constructor({ ws, socket, shared }: ConnectionInit) {
    this.#ws = ws
    this.#socket = socket
    this.#shared = shared
  }

  /** Both are asked: a socket that was just destroyed leaves its WebSocket open for one more turn. */
  get isOpen(): boolean {
    return this.#ending === undefined && this.#ws.readyState === OPEN && this.#socket.writable
  }

  get ending(): CloseReason | undefined {
    return this.#ending
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength + this.#pendingBytes
  }

  /**
   * Queues a complete frame past the library, which would encode it again for every connection. Safe beside the
   * library's own control frames, which are written whole too; nothing follows a close frame, because then it is not open.
   * Nothing leaves before the flush, so that all frames of a turn take one call to the system.
   */
  write(frame: Frame, { isDroppable = false, onWritten }: WriteOptions = {}): boolean {
    if (!this.isOpen || !this.#hasRoom(isDroppable)) return false
    const { limits, stats, flusher } = this.#shared
    if (!this.#pending) flusher.add(this)
    this.#pending = this.#pending ? this.#pending.followedBy(frame) : frame
    const bytes = frame.webSocket.length
    this.#pendingBytes += bytes
    if (bytes > limits.maxBufferedBytes) this.#largeBytes = bytes
    stats.frames++
    if (onWritten) (this.#onWritten ??= []).push(onWritten)
    return true
  }

  flush(): void {
    const pending = this.#pending
    if (!pending) return
    const listeners = this.#onWritten
    this.#pending = undefined
    this.#pendingBytes = 0
    this.#onWritten = undefined
    const tell = (isWritten: boolean) => listeners?.forEach((onWritten) => onWritten(isWritten))
    if (!this.isOpen) return tell(false)
    this.#shared.stats.writes++
    if (listeners) this.#socket.write(pending.webSocket, (error) => tell(!error))
    else this.#socket.write(pending.webSocket)
  }

  /** Ends it with a closing handshake, after what was written before; only the first reason counts. */
  close(reason: CloseReason): void {
    if (this.#ending) return
    this.flush()
    this.#ending = reason
    this.#ws.close(reason.code, reason.reason)
  }

  terminate(reason: CloseReason): void {
    this.#ending ??= reason
    this.#ws.terminate()
  }

  #hasRoom(isDroppable: boolean): boolean {
    const { limits, stats } = this.#shared
    const limit = Math.min(limits.maxBufferedBytes, isDroppable ? limits.dropAboveBytes : Infinity)
    if (hasRoom(this, limit)) {
      this.#largeBytes = 0
      return true
    }
    if (isDroppable) stats.dropped++
    else if (this.bufferedBytes <= limit + this.#largeBytes) return true
    else this.terminate(CLOSE.slow)
    return false
  }
}
