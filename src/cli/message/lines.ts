/** A stream of bytes, line by line, in bounded memory. */
import { isUtf8 } from 'node:buffer'

export interface Line {
  /** The first is 1. */
  readonly number: number
  readonly text: string
  /** Why it cannot be read; `text` is empty then. */
  readonly fault?: string
}

/** Longer than any message: an e-mail of 25 MB, its attachments in base64. */
const MAX_BYTES = 48 * 1024 * 1024
const NEWLINE = 0x0a

export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<Line, void, undefined> {
  const splitter = new Splitter()
  for await (const chunk of stream) {
    yield* splitter.add(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)))
  }
  yield* splitter.end()
}

class Splitter {
  #pieces: Buffer[] = []
  #bytes = 0
  #number = 0

  #keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.#bytes += piece.length
    if (this.#bytes <= MAX_BYTES) this.#pieces.push(piece)
    else this.#pieces = []
  }

  #take(): Line {
    this.#number += 1
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
    const isTooLong = this.#bytes > MAX_BYTES
    this.#pieces = []
    this.#bytes = 0
    if (isTooLong) return { number: this.#number, text: '', fault: `is longer than ${MAX_BYTES} bytes` }
    if (!bytes || !isUtf8(bytes)) return { number: this.#number, text: '', fault: 'is no UTF-8' }
    const text = bytes.toString('utf8').replace(/\r$/, '')
    return { number: this.#number, text: this.#number === 1 ? text.replace(/^\uFEFF/, '') : text }
  }

  *add(chunk: Buffer): Generator<Line, void, undefined> {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, to))
      yield this.#take()
      from = to + 1
    }
    this.#keep(chunk.subarray(from))
  }

  *end(): Generator<Line, void, undefined> {
    if (this.#bytes > 0) yield this.#take()
  }
}
