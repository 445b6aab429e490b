/** Streams of the caller: read once, never for longer than the message lives, and closed when it ends early. */
import { Readable } from 'node:stream'
import type { AttachmentContent } from './attachment.ts'

type Content = Exclude<AttachmentContent, string | Uint8Array>
type Chunk = string | Uint8Array

export interface StreamLimits {
  readonly signal: AbortSignal
  /** Streams that were read before, however little of them: the rest would go out for the whole. */
  readonly consumed: WeakSet<object>
}

/** One stream of the caller. */
export class CallerStream {
  readonly #content: Content
  readonly #isUsed: boolean
  #iterator: AsyncIterator<Chunk> | undefined
  #reader: ReadableStreamDefaultReader<Chunk> | undefined

  constructor(content: Content, consumed: WeakSet<object>) {
    this.#content = content
    this.#isUsed = consumed.has(content) || (content instanceof Readable && content.readableDidRead)
    consumed.add(content)
    // A stream that fails before its turn would end the process: nobody listens to it yet.
    if (content instanceof Readable) content.on('error', () => undefined)
  }

  /** @throws {Error} where it was read before */
  async *chunks(): AsyncGenerator<Chunk, void> {
    if (this.#isUsed) throw new Error('it was read before; a message with a stream can be sent once')
    const next = this.#start()
    for (;;) {
      const result = await next()
      if (result.done) return
      yield result.value
    }
  }

  /** Lets go of it at once, read or not; what it says to that is nobody's business. */
  stop(): void {
    const content = this.#content
    const ignore = () => undefined
    if (content instanceof Readable) content.destroy()
    else if (this.#reader) void this.#reader.cancel().catch(ignore)
    else if (isWebStream(content)) void content.cancel().catch(ignore)
    else void Promise.resolve((this.#iterator ?? iteratorOf(content)).return?.()).catch(ignore)
  }

  #start(): () => Promise<IteratorResult<Chunk>> {
    const content = this.#content
    if (isWebStream(content)) {
      const reader = content.getReader()
      this.#reader = reader
      return () => reader.read() as Promise<IteratorResult<Chunk>>
    }
    const iterator = iteratorOf(content)
    this.#iterator = iterator
    return () => iterator.next()
  }
}

const iteratorOf = (content: Content) => content[Symbol.asyncIterator]()

function isWebStream(content: Content): content is Content & ReadableStream<Chunk> {
  return 'getReader' in content && typeof content.getReader === 'function'
}
