/** A small real client of the hub, for tests: what a phone or a browser tab would receive. */
import type { WebSocket } from 'ws'
import { loadPeer } from '../../core/peer.ts'
import type { CloseReason } from './close-codes.ts'
import type { WebSocketEnvelope } from './message.ts'
import { isObject, PONG } from './protocol.ts'

export interface FakeDeviceOptions {
  readonly token?: string
  /** Shown to `authenticate` beside the token. */
  readonly data?: unknown
  /** Of the upgrade request, such as `{ origin: 'https://evil.example' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakePublication {
  /** `#` and the user for a message to the user, the topic, or `@all`. */
  readonly channel: string
  readonly data: WebSocketEnvelope
}

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

export interface FakeDevice extends AsyncDisposable {
  /** The connection's id. */
  readonly client: string
  /** What the server subscribed it to. */
  readonly channels: readonly string[]
  /** What it received, oldest first. */
  readonly publications: readonly FakePublication[]
  readonly pings: number
  readonly isOpen: boolean
  /** Settles when the connection has ended, with the code and reason the server gave. */
  readonly closed: Promise<CloseReason>
  /** Resolves as soon as `count` publications were received. Rejects where the connection ends before. */
  received(count: number): Promise<readonly FakePublication[]>
  /** Resolves as soon as `count` pings were received. Rejects where the connection ends before. */
  pinged(count: number): Promise<void>
  /** Resolves when all that the server had written before has been received. */
  settled(): Promise<void>
  /** @throws {CommandRefused} 103, where the topic is not for this user */
  subscribe(channel: string, options?: object): Promise<object>
  unsubscribe(channel: string): Promise<void>
  /** Sends any command of the protocol, such as `history`. @throws {CommandRefused} */
  command(method: string, params: object): Promise<object>
  /** Reads no more, as a phone in a tunnel; the server's buffers fill. */
  stopReading(): void
  /** Answers pings no more. */
  stopPonging(): void
  /** Closes the connection and waits until it is gone. Safe to call twice. */
  close(): Promise<void>
  /** Cuts the connection without a close frame. */
  drop(): void
}

/**
 * Connects to a hub, such as `ws://127.0.0.1:8080/push`, and shows it a token.
 * @throws {ConnectionRefused} where the upgrade or the token is refused
 * @throws {CommandRefused} 109, where the token has expired
 */
export async function connectFakeDevice(url: string, options: FakeDeviceOptions = {}): Promise<FakeDevice> {
  const ws = await loadPeer('ws', () => import('ws'))
  const { headers = {}, token, data } = options
  const device = new Device(new ws.WebSocket(url, { headers, perMessageDeflate: false }))
  try {
    await device.connect({ token, data })
    return device
  } catch (refused) {
    device.drop()
    throw refused
  }
}

interface Waiter {
  readonly isDone: () => boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

class Device implements FakeDevice {
  readonly publications: FakePublication[] = []
  readonly closed: Promise<CloseReason>
  client = ''
  channels: readonly string[] = []
  pings = 0
  readonly #ws: WebSocket
  readonly #opened: Promise<void>
  readonly #waiters = new Set<Waiter>()
  readonly #replies = new Map<number, Record<string, unknown>>()
  #end: CloseReason | undefined
  #lastId = 0
  #isPonging = true

  constructor(ws: WebSocket) {
    this.#ws = ws
    this.#opened = this.#until(() => ws.readyState === ws.OPEN)
    // A refusal is told by whoever waits; nobody has to.
    this.#opened.catch(() => undefined)
    ws.on('open', () => this.#notify())
    ws.on('error', () => undefined)
    ws.on('unexpected-response', (_request, { statusCode = 0, statusMessage = '' }) => {
      this.#end ??= { code: statusCode, reason: statusMessage }
      ws.terminate()
    })
    ws.on('message', (frame) => this.#read((frame as Buffer).toString()))
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        this.#end ??= { code, reason: reason.toString() }
        resolve(this.#end)
        this.#notify()
      })
    })
  }

  get isOpen(): boolean {
    return this.#end === undefined
  }

  async connect(params: object): Promise<void> {
    await this.#opened
    const { client, subs } = (await this.command('connect', params)) as { client: string; subs: object }
    this.client = client
    this.channels = Object.keys(subs)
  }

  async received(count: number): Promise<readonly FakePublication[]> {
    await this.#until(() => this.publications.length >= count)
    return this.publications
  }

  async pinged(count: number): Promise<void> {
    await this.#until(() => this.pings >= count)
  }

  async settled(): Promise<void> {
    if (!this.#end) await this.unsubscribe('-')
  }

  subscribe(channel: string, options: object = {}): Promise<object> {
    return this.command('subscribe', { ...options, channel })
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.command('unsubscribe', { channel })
  }

  async command(method: string, params: object): Promise<object> {
    const id = ++this.#lastId
    this.#ws.send(JSON.stringify({ id, [method]: params }), () => undefined)
    await this.#until(() => this.#replies.has(id))
    const reply = this.#replies.get(id) ?? {}
    this.#replies.delete(id)
    const { error, [method]: result } = reply
    if (isObject(error)) throw new CommandRefused(Number(error['code']), String(error['message']))
    return isObject(result) ? result : {}
  }

  stopReading(): void {
    this.#ws.pause()
  }

  stopPonging(): void {
    this.#isPonging = false
  }

  async close(): Promise<void> {
    this.#ws.resume()
    this.#ws.close()
    await this.closed
  }

  drop(): void {
    this.#ws.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #read(text: string): void {
    for (const line of text.split('\n')) this.#take(JSON.parse(line) as Record<string, unknown>)
    this.#notify()
  }

  #take(message: Record<string, unknown>): void {
    const { id, push } = message
    if (typeof id === 'number') this.#replies.set(id, message)
    else if (isObject(push)) this.#keep(push)
    else {
      this.pings++
      if (this.#isPonging) this.#ws.send(PONG, () => undefined)
    }
  }

  #keep({ channel, pub }: Record<string, unknown>): void {
    if (isObject(pub)) this.publications.push({ channel, data: pub['data'] } as FakePublication)
  }

  #until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({ isDone, resolve, reject })
      this.#notify()
    })
  }

  #notify(): void {
    for (const waiter of this.#waiters) {
      if (waiter.isDone()) waiter.resolve()
      else if (this.#end) waiter.reject(new ConnectionRefused(this.#end))
      else continue
      this.#waiters.delete(waiter)
    }
  }
}
