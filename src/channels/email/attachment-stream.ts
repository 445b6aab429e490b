/** Streams of the caller: read once, never for longer than the message lives, and closed when it ends early. */
import { Readable } from 'node:stream'
import type { AttachmentContent } from './attachment.ts'

type Content = Exclude<AttachmentContent, string | Uint8Array>
type Chunk = string | Uint8Array

/** Stands on a stream that was read, however little of it: the rest would go out for the whole. */
interface Mark {
  readonly deliveryId: string
  /** Once it was read to its end: for the same delivery's next try, at this provider or at another. */
  bytes?: Buffer
}

/** On the stream itself, because drivers that stand in for each other share nothing else. */
const MARK = Symbol.for('notiwire.email.read')

/** One stream of the caller. */
export class CallerStream {
  readonly #content: Content
  readonly #isUsed: boolean
  readonly #mark: Mark | undefined
  #iterator: AsyncIterator<Chunk> | undefined
  #reader: ReadableStreamDefaultReader<Chunk> | undefined

  constructor(content: Content, deliveryId: string) {
    const earlier = markOf(content)
    this.#content = content
    this.#isUsed = earlier !== undefined || (content instanceof Readable && content.readableDidRead)
    const own = earlier ?? marked(content, deliveryId)
    this.#mark = own?.deliveryId === deliveryId ? own : undefined
    // A stream that fails before its turn would end the process: nobody listens to it yet.
    if (content instanceof Readable) content.on('error', () => undefined)
  }

  /** What an earlier try of the same delivery has read. */
  get kept(): Buffer | undefined {
    return this.#mark?.bytes
  }

  /** For the next try of the same delivery. */
  keep(bytes: Buffer): void {
    if (this.#mark) this.#mark.bytes = bytes
  }

  /** @throws {Error} where it was read before, or nobody could know that next time */
  async *chunks(): AsyncGenerator<Chunk, void> {
    if (this.#isUsed) throw new Error('it was read before; a message with a stream can be sent once')
    if (!this.#mark) throw new Error('it is frozen, so that nobody could know that it was read')
    const next = this.#start()
    for (;;) {
      const result = await next()
      if (result.done) return
      yield result.value
    }
  }

  /** Lets go of it at once, read or not; what it says to that is nobody's business. */
  stop(): void {
    if (this.#content instanceof Readable) this.#content.destroy()
    else void this.#leave().catch(() => undefined)
  }

  async #leave(): Promise<void> {
    const content = this.#content
    if (this.#reader) await this.#reader.cancel()
    else if (isWebStream(content)) await content.cancel()
    else await (this.#iterator ?? iteratorOf(content)).return?.()
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

function markOf(content: Content): Mark | undefined {
  return (content as { readonly [MARK]?: Mark })[MARK]
}

/** Nothing where the stream cannot hold it. */
function marked(content: Content, deliveryId: string): Mark | undefined {
  const mark: Mark = { deliveryId }
  const isSet = Reflect.defineProperty(content, MARK, { value: mark, configurable: true })
  return isSet ? mark : undefined
}

const iteratorOf = (content: Content) => content[Symbol.asyncIterator]()

function isWebStream(content: Content): content is Content & ReadableStream<Chunk> {
  return 'getReader' in content && typeof content.getReader === 'function'
}
