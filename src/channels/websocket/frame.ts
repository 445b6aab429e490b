/** One text for many sockets: encoded once for each transport, so that every socket of a fan-out shares the same bytes. */

const FINAL_TEXT = 0x81

/** One line of the protocol, or several, as a WebSocket and as an event stream carry it. */
export class Frame {
  readonly text: string
  /** Of the event in an event stream, for `Last-Event-ID`. */
  readonly eventId: string | undefined
  #webSocket: Buffer | undefined
  #event: Buffer | undefined
  #run: FrameRun | undefined

  constructor(text: string, eventId?: string) {
    this.text = text
    this.eventId = eventId
  }

  get webSocket(): Buffer {
    return (this.#webSocket ??= encodeText(this.text))
  }

  /** This and then another: the same one for all sockets that are told both in one turn. */
  followedBy(frame: Frame): FrameRun {
    if (this.#run?.last !== frame) this.#run = new FrameRun(this, frame)
    return this.#run
  }

  /** Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-26). */
  get event(): Buffer {
    return (this.#event ??= encodeEvent(this.text, this.eventId))
  }
}

/** Several frames for one call to the system, put together once, however many sockets there are. */
export class FrameRun {
  readonly last: Frame
  readonly #before: Frame | FrameRun
  #webSocket: Buffer | undefined
  #run: FrameRun | undefined

  constructor(before: Frame | FrameRun, last: Frame) {
    this.#before = before
    this.last = last
  }

  get webSocket(): Buffer {
    return (this.#webSocket ??= Buffer.concat(this.#frames()))
  }

  followedBy(frame: Frame): FrameRun {
    if (this.#run?.last !== frame) this.#run = new FrameRun(this, frame)
    return this.#run
  }

  #frames(): Buffer[] {
    const frames = [this.last.webSocket]
    let before = this.#before
    for (; before instanceof FrameRun; before = before.#before) frames.push(before.last.webSocket)
    return [...frames, before.webSocket].reverse()
  }
}

/** A complete, unmasked text frame as servers send it. Source: RFC 6455, section 5.2. */
function encodeText(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const head = headLength(length)
  const frame = Buffer.allocUnsafeSlow(head + length)
  frame[0] = FINAL_TEXT
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, head)
  return frame
}

function headLength(length: number): 2 | 4 | 10 {
  if (length < 126) return 2
  return length < 65_536 ? 4 : 10
}

/** JSON text holds no line breaks; between several lines each is an event of its own. */
function encodeEvent(text: string, id: string | undefined): Buffer {
  const events = text.split('\n').map((line) => `data: ${line}\n\n`)
  return Buffer.from((id === undefined ? '' : `id: ${id}\n`) + events.join(''))
}
