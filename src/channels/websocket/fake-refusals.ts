/** How a fake device is told that something is not done for it. */
import type { CloseReason } from './close-codes.ts'

/** What the server answers to a command that it does not carry out. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
  readonly code: number

  constructor(code: number, message: string) {
    super(`${code} ${message}`)
    this.code = code
  }
}

/** A connection that the server did not open, or ended before it was done. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused'
  /** A close code, or the HTTP status of a refused upgrade. */
  readonly code: number

  constructor({ code, reason }: CloseReason) {
    super(`${code} ${reason}`)
    this.code = code
  }
}
