/** One client of the load client in Node: its upgrade, its greeting, and the frames it is sent. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** Whom a client belongs to. */
export interface LoadHub {
  readonly port: number
  readonly path: string
  readonly steps: readonly string[]
  readonly capture: string
  readonly checkText: string
  readonly ping: string
  readonly pong: string
  sample: string
  token(index: number): string
  arrived(messages: number): void
  becameReady(): void
  saw(peer: LoadPeer): void
  failed(peer: LoadPeer, fault: string): void
}

interface Frame {
  readonly opcode: number
  readonly text: Buffer
  readonly end: number
}

/** All clients read into this, one after the other, so that ten thousand have no buffer each. */
const INBOX = Buffer.alloc(1 << 18)
const LINE_FEED = 0x0a
/** What was captured of each client's last greeting, by its place among the clients: it outlives the connection. */
const captured = new Map<number, string>()

export class LoadPeer {
  isReady = false
  isClosed = false
  readonly #hub: LoadHub
  readonly #index: number
  readonly #socket: Socket
  #isUpgraded: boolean
  #step = 0
  /** A frame that came in part. */
  #kept: Buffer | undefined

  constructor(hub: LoadHub, index: number) {
    this.#hub = hub
    this.#index = index
    this.#isUpgraded = hub.path === ''
    const callback = (bytes: number) => {
      this.#read(INBOX.subarray(0, bytes))
      return true
    }
    this.#socket = connect({
      port: hub.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: INBOX, callback },
    })
    this.#socket.once('connect', () => (this.#isUpgraded ? this.#speak() : this.#upgrade()))
    this.#socket.once('error', ({ message }) => this.#fail(message))
    this.#socket.once('close', () => this.#fail('ended by the server'))
  }

  /** As when a line is cut: nothing is left in TIME_WAIT. */
  reset(): void {
    this.isClosed = true
    this.#socket.resetAndDestroy()
  }

  #fail(fault: string): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#socket.destroy()
    this.#hub.failed(this, fault)
  }

  #upgrade(): void {
    const { path, port } = this.#hub
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  #read(bytes: Buffer): void {
    let rest = this.#kept ? Buffer.concat([this.#kept, bytes]) : bytes
    this.#kept = undefined
    if (!this.#isUpgraded) {
      const end = rest.indexOf('\r\n\r\n')
      if (end >= 0) {
        const status = rest.toString('latin1', 9, 12)
        if (status !== '101') return this.#fail(`upgrade answered with ${status}`)
        this.#isUpgraded = true
        rest = rest.subarray(end + 4)
        this.#speak()
      }
    }
    if (this.#isUpgraded) rest = this.#takeFrames(rest)
    // Copied, because the next client reads into the same place.
    if (rest.length > 0 && !this.isClosed) this.#kept = Buffer.from(rest)
  }

  #takeFrames(bytes: Buffer): Buffer {
    let at = 0
    for (let frame = frameAt(bytes, at); frame && !this.isClosed; frame = frameAt(bytes, at)) {
      at = frame.end
      if (frame.opcode === 1) this.#hear(frame.text)
      else if (frame.opcode === 8)
        this.#fail(`closed with ${frame.text.length > 1 ? frame.text.readUInt16BE() : 1005}`)
      else if (frame.opcode === 9) this.#say(frame.text, 10)
    }
    return bytes.subarray(at)
  }

  #hear(text: Buffer): void {
    const hub = this.#hub
    if (hub.ping !== '' && text.length === hub.ping.length && text.toString() === hub.ping) {
      return this.#say(Buffer.from(hub.pong))
    }
    if (this.#index === 0) hub.sample = text.toString()
    if (hub.checkText !== '' && text.includes(hub.checkText)) hub.saw(this)
    if (this.isReady) return hub.arrived(messagesIn(text))
    this.#greeted(text.toString())
  }

  #greeted(text: string): void {
    const { steps, capture } = this.#hub
    const step = steps[this.#step] ?? ''
    if (!text.startsWith(step.slice(1))) {
      if (step.startsWith('~')) return
      return this.#fail(`greeted with ${text.slice(0, 120)}`)
    }
    const at = capture === '' ? -1 : text.indexOf(capture)
    if (at >= 0) captured.set(this.#index, text.slice(at + capture.length).split('"', 1)[0] ?? '')
    this.#step += 1
    this.#speak()
  }

  #speak(): void {
    const { steps } = this.#hub
    for (let step = steps[this.#step]; step?.startsWith('>'); step = steps[this.#step]) {
      this.#step += 1
      const told = step.slice(1).replace('$T', this.#hub.token(this.#index))
      this.#say(Buffer.from(told.replace('$C', captured.get(this.#index) ?? '')))
    }
    if (this.#step < steps.length || this.isReady) return
    this.isReady = true
    this.#hub.becameReady()
  }

  #say(text: Buffer, opcode = 1): void {
    const key = randomBytes(4)
    const isShort = text.length < 126
    const head = Buffer.alloc(isShort ? 2 : 4)
    head[0] = 0x80 | opcode
    head[1] = 0x80 | (isShort ? text.length : 126)
    if (!isShort) head.writeUInt16BE(text.length, 2)
    const masked = text.map((byte, at) => byte ^ (key[at & 3] ?? 0))
    this.#socket.write(Buffer.concat([head, key, masked]))
  }
}

function frameAt(bytes: Buffer, at: number): Frame | undefined {
  const marker = bytes[at + 1]
  if (marker === undefined) return undefined
  const head = marker < 126 ? 2 : marker === 126 ? 4 : 10
  if (bytes.length < at + head) return undefined
  const body =
    head === 2 ? marker : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  const end = at + head + body
  if (bytes.length < end) return undefined
  return { opcode: (bytes[at] ?? 0) & 0x0f, text: bytes.subarray(at + head, end), end }
}

/** Several may share a frame, one a line. */
function messagesIn(text: Buffer): number {
  let messages = 1
  for (
    let at = text.indexOf(LINE_FEED);
    at >= 0 && at < text.length - 1;
    at = text.indexOf(LINE_FEED, at + 1)
  ) {
    messages += 1
  }
  return messages
}
