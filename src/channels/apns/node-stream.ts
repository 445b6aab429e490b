/** One push on a `node:http2` stream: collects the reply, or finds out how the push was lost. */
import { constants, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2'
import { nextTurn } from '../../core/clock.ts'
import type { Certainty } from '../../core/failures.ts'
import type { Loss, OpenStream, StreamListener } from './transport.ts'

const MAX_BODY_BYTES = 16_384
const DATA_FRAME = 0
const HEADERS_FRAME = 1

export interface NodeStreamInit {
  readonly stream: ClientHttp2Stream
  readonly body: string
  readonly listener: StreamListener
  /** Its slot is free again. Of a push that is `lost`, the connection judges how. */
  readonly onClose: (outcome: Outcome, stream: NodeStream) => void
}

export type Outcome = 'replied' | 'cancelled' | 'lost'

export class NodeStream implements OpenStream {
  readonly #stream: ClientHttp2Stream
  #listener: StreamListener | undefined
  #headers: IncomingHttpHeaders | undefined
  #status: number | undefined
  #chunks: Buffer[] = []
  #bytes = 0
  #isUnwritten = false
  #isCancelled = false
  #cause: Error | undefined

  constructor({ stream, body, listener, onClose }: NodeStreamInit) {
    this.#stream = stream
    this.#listener = listener
    stream.on('response', (headers, flags) => this.#answer(headers, flags))
    stream.on('data', (chunk: Buffer) => this.#collect(chunk))
    stream.on('end', () => this.#reply())
    stream.on('frameError', (type: number) => this.#notWritten(type))
    stream.on('error', (cause: Error) => {
      this.#cause = cause
    })
    stream.on('close', () => {
      this.#reply()
      onClose(this.#outcome, this)
    })
    stream.end(body)
  }

  get #outcome(): Outcome {
    if (this.#isCancelled) return 'cancelled'
    return this.#listener ? 'lost' : 'replied'
  }

  get id(): number | undefined {
    return this.#stream.id
  }

  /** Whether APNs cannot have had the whole push. */
  get isUnwritten(): boolean {
    return this.#isUnwritten || this.#stream.id === undefined
  }

  /** Ended with REFUSED_STREAM: APNs did not process it, unless the code is that of the whole connection. */
  get isRefused(): boolean {
    return this.#stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  }

  get cause(): Error {
    return this.#cause ?? new Error(`The stream ended without a reply, code ${this.#stream.rstCode}`)
  }

  lost(loss: Loss): void {
    this.#take()?.lost(loss)
  }

  cancel(): Certainty {
    this.#take()
    this.#isCancelled = true
    this.#stream.close(constants.NGHTTP2_CANCEL)
    return this.#status === undefined ? 'unknown' : 'not_sent'
  }

  #answer(headers: IncomingHttpHeaders, flags: number): void {
    const status = Number(headers[':status'])
    if (!Number.isInteger(status)) {
      this.#cause = new Error('The reply has no status')
      this.#stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
      return
    }
    this.#headers = headers
    this.#status = status
    // An acceptance is whole with its headers: nothing later may turn it into a failure.
    if (status !== 200) return
    this.#reply()
    // Whoever leaves such a stream open would keep its slot for ever.
    const isEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    if (!isEnded) nextTurn(() => this.#stream.close(constants.NGHTTP2_CANCEL))
  }

  #collect(chunk: Buffer): void {
    if (this.#bytes < MAX_BODY_BYTES) this.#chunks.push(chunk.subarray(0, MAX_BODY_BYTES - this.#bytes))
    this.#bytes += chunk.length
  }

  #reply(): void {
    if (this.#status === undefined || this.#headers === undefined) return
    const body = Buffer.concat(this.#chunks).toString()
    this.#take()?.replied({ status: this.#status, headers: toPlain(this.#headers), body })
  }

  #notWritten(frameType: number): void {
    if (frameType === HEADERS_FRAME || frameType === DATA_FRAME) this.#isUnwritten = true
  }

  #take(): StreamListener | undefined {
    const listener = this.#listener
    this.#listener = undefined
    return listener
  }
}

function toPlain(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const plain = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
  return Object.fromEntries(plain)
}
