/** One open WebSocket: what may be written to it, and how it ends. */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { CLOSE, type CloseReason } from './close-codes.ts'

const OPEN = 1

export class Connection {
  readonly #ws: WebSocket
  readonly #socket: Duplex
  readonly #maxBufferedBytes: number
  #ending: CloseReason | undefined

  constructor(ws: WebSocket, socket: Duplex, maxBufferedBytes: number) {
    this.#ws = ws
    this.#socket = socket
    this.#maxBufferedBytes = maxBufferedBytes
  }

  /** Both are asked: a socket that was just destroyed leaves its WebSocket open for one more turn. */
  get isOpen(): boolean {
    return this.#ws.readyState === OPEN && this.#socket.writable
  }

  /** Why the server ended it, where it did. */
  get ending(): CloseReason | undefined {
    return this.#ending
  }

  /**
   * Queues a complete frame past the library, which would encode it again for every connection. Safe beside the
   * library's own control frames, which are written whole too; nothing follows a close frame, because then it is not open.
   * @returns whether it was queued; false too where the peer had fallen behind, which is then cut off
   */
  write(frame: Buffer): boolean {
    if (!this.isOpen) return false
    if (this.#socket.writableLength > this.#maxBufferedBytes) {
      this.terminate(CLOSE.slow)
      return false
    }
    this.#socket.write(frame)
    return true
  }

  /** Ends it with a closing handshake; only the first reason counts. */
  close(reason: CloseReason): void {
    if (this.#ending) return
    this.#ending = reason
    this.#ws.close(reason.code, reason.reason)
  }

  /** Ends it at once, for peers that would not read a close frame. */
  terminate(reason: CloseReason): void {
    this.#ending ??= reason
    this.#ws.terminate()
  }
}
