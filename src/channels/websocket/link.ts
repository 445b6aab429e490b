/** What a session needs of the line to its client, whichever transport that is. */
import type { CloseReason } from './close-codes.ts'
import type { Frame } from './frame.ts'

export interface LinkLimits {
  /** Bytes that may wait for a slow peer before it is cut off. */
  readonly maxBufferedBytes: number
  /** Bytes that may wait before what is droppable is dropped. */
  readonly dropAboveBytes: number
}

export interface WriteOptions {
  /** Whether it may be left out for a peer that has fallen behind. */
  readonly isDroppable?: boolean
  /** Called once: with true when the operating system has taken the bytes, which the peer may still not have. */
  readonly onWritten?: ((isWritten: boolean) => void) | undefined
}

export interface Link {
  readonly transport: 'websocket' | 'sse'
  /** Whether the peer can answer a ping, so that its silence means something. */
  readonly answersPings: boolean
  readonly isOpen: boolean
  /** Why the server ended it, where it did. */
  readonly ending: CloseReason | undefined
  /** Bytes that wait for the peer in this process; the operating system holds more. */
  readonly bufferedBytes: number
  /** @returns whether it was queued; false too where the peer had fallen behind, which is then cut off */
  write(frame: Frame, options?: WriteOptions): boolean
  /** Ends it in good order, after what was written before. Only the first reason counts. */
  close(reason: CloseReason): void
  /** Ends it at once, for peers that would not read why. */
  terminate(reason: CloseReason): void
}

/**
 * Whether no more than `limit` bytes wait for the peer. Much that is said in one turn is no sign of a slow peer: what the
 * system does not take is.
 */
export function hasRoom(link: { readonly bufferedBytes: number; flush(): void }, limit: number): boolean {
  if (link.bufferedBytes <= limit) return true
  link.flush()
  return link.bufferedBytes <= limit
}
