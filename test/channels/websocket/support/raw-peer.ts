/** A peer that speaks WebSocket by hand, so that it can speak it wrongly. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export const TEXT = 1
const CLOSE = 8

export class RawPeer {
  readonly socket: Socket
  /** Of the response to the upgrade, the status line first. */
  readonly head: readonly string[]
  /** Complete frames received, oldest first. */
  readonly frames: Frame[] = []
  /** Of the server's close frame; 1006 where the socket ended without one. */
  readonly closeCode: Promise<number>
  #rest: Buffer

  constructor(socket: Socket, head: string, rest: Buffer) {
    this.socket = socket
    this.head = head.split('\r\n')
    this.#rest = rest
    this.closeCode = new Promise((resolve) => {
      const read = (chunk: Buffer) => {
        this.#read(chunk)
        const closing = this.frames.find(({ opcode }) => opcode === CLOSE)
        if (closing) resolve(closing.payload.readUInt16BE(0))
      }
      socket.on('data', read)
      socket.on('close', () => resolve(1006))
      read(Buffer.alloc(0))
    })
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames))
  }

  /** Resolves with the frames as soon as there are `count`. */
  async received(count: number): Promise<readonly Frame[]> {
    while (this.frames.length < count) await once(this.socket, 'data')
    return this.frames
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (let frame = this.#next(); frame; frame = this.#next()) this.frames.push(frame)
  }

  #next(): Frame | undefined {
    const bytes = this.#rest
    if (bytes.length < 2) return undefined
    const [first = 0, marker = 0] = bytes
    const head = marker < 126 ? 2 : marker === 126 ? 4 : 10
    if (bytes.length < head) return undefined
    const length = head === 2 ? marker : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < head + length) return undefined
    this.#rest = bytes.subarray(head + length)
    return { opcode: first & 0x0f, payload: bytes.subarray(head, head + length) }
  }
}

export interface UpgradeRequest {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent in the same packet as the request. */
  readonly frames?: readonly Buffer[]
}

/** Asks for an upgrade. Resolves with the answer, whatever it is. */
export async function upgrade(port: number, request: UpgradeRequest = {}): Promise<RawPeer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(Buffer.concat([upgradeRequest(port, request), ...(request.frames ?? [])]))
  return answerOf(socket)
}

export async function answerOf(socket: Socket): Promise<RawPeer> {
  let answer = Buffer.alloc(0)
  while (!answer.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    answer = Buffer.concat([answer, chunk])
  }
  const end = answer.indexOf('\r\n\r\n')
  return new RawPeer(socket, answer.subarray(0, end).toString(), answer.subarray(end + 4))
}

export function upgradeRequest(port: number, { path = '/push', headers = {} }: UpgradeRequest = {}): Buffer {
  const all = {
    host: `127.0.0.1:${port}`,
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
}

/** A masked frame; the mask is zero, which is a mask all the same. */
export function frame(opcode: number, payload: Buffer | string = '', first = 0x80 | opcode): Buffer {
  const bytes = Buffer.from(payload)
  const head =
    bytes.length < 126 ? Buffer.from([first, 0x80 | bytes.length]) : Buffer.from([first, 0xfe, 0, 0])
  if (bytes.length >= 126) head.writeUInt16BE(bytes.length, 2)
  return Buffer.concat([head, Buffer.alloc(4), bytes])
}

export function command(id: number, method: string, params: object): Buffer {
  return frame(TEXT, JSON.stringify({ id, [method]: params }))
}
