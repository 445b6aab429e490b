/** The finished message as a stream that knows whether its final dot was written. */
import { Readable, type Writable } from 'node:stream'
import type { Phase } from './failure.ts'

/** A socket that can hold back what is written to it. */
type Corkable = Pick<Writable, 'cork' | 'uncork'>

/**
 * nodemailer pipes it into the stream that adds the final dot, once the server said 354. It passes on two
 * chunks, the message and the dot: the dot is the second.
 */
export class TrackedBody extends Readable {
  phase: Phase = 'envelope'
  readonly #bytes: Uint8Array
  readonly #socket: Corkable | undefined

  constructor(bytes: Uint8Array, socket?: Corkable | false | null) {
    super()
    this.#bytes = bytes
    this.#socket = socket || undefined
  }

  override _read(): void {
    this.push(null)
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    this.phase = 'data'
    let chunks = 0
    destination.on('data', () => {
      chunks += 1
      if (chunks === 2) this.phase = 'dot'
    })
    destination.once('end', () => {
      this.phase = 'dot'
    })
    // So that the dot leaves with the message, in one write.
    this.#socket?.cork()
    destination.end(this.#bytes)
    this.#socket?.uncork()
    return destination
  }
}
