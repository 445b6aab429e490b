/** A small real client of the hub, for tests: what a phone or a browser tab would receive. */
import type { WebSocket } from 'ws'
import { loadPeer } from '../../core/peer.ts'
import type { Position } from '../../core/push-broker.ts'
import type { CloseReason } from './close-codes.ts'
import {
  FakeLedger,
  type FakeGap,
  type FakePresence,
  type FakePublication,
  type FakeSubscription,
} from './fake-ledger.ts'
import { CommandRefused, ConnectionRefused } from './fake-refusals.ts'
import { isObject, PONG } from './protocol.ts'

export interface FakeDeviceOptions {
  readonly token?: string
  /** How the device calls itself, as `data.device`. @default it has no name */
  readonly device?: string
  /** Shown to `authenticate` beside the token. */
  readonly data?: unknown
  /** What it has of its channels, such as `positions` of the device it was before: it asks for what came after. */
  readonly positions?: Readonly<Record<string, Position>>
  /** Acknowledges what it receives, as soon as it is there. @default false */
  readonly autoAck?: boolean
  /** Of the upgrade request, such as `{ origin: 'https://evil.example' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakeDevice extends AsyncDisposable {
  /** The connection's id. */
  readonly client: string
  /** What the server subscribed it to. */
  readonly channels: readonly string[]
  /** What it received, oldest first: what it had missed, then what came live. */
  readonly publications: readonly FakePublication[]
  /** The channels it is in, as the server told of them. */
  readonly subscriptions: Readonly<Record<string, FakeSubscription>>
  /** How far it has come in the channels that keep a history. */
  readonly positions: Readonly<Record<string, Position>>
  /** Where it was told that it lost something. */
  readonly gaps: readonly FakeGap[]
  /** Who came and who left, in the channels that tell. */
  readonly joins: readonly FakePresence[]
  readonly leaves: readonly FakePresence[]
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
  /** Says that it has everything up to `offset` in the channel. @default all it has, in every channel */
  acknowledge(channel?: string, offset?: number): Promise<void>
  /** @throws {CommandRefused} 103, where the topic is not for this user */
  subscribe(channel: string, options?: object): Promise<object>
  unsubscribe(channel: string): Promise<void>
  /** Sends any command of the protocol, such as `history`. @throws {CommandRefused} */
  command(method: string, params: object): Promise<object>
  /** Reads no more, as a phone in a tunnel; the server's buffers fill. */
  stopReading(): void
  /** Reads on, all that has waited first. */
  resumeReading(): void
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
  const { headers = {} } = options
  const device = new Device(new ws.WebSocket(url, { headers, perMessageDeflate: false }), options)
  try {
    await device.connect()
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
  readonly closed: Promise<CloseReason>
  client = ''
  channels: readonly string[] = []
  pings = 0
  readonly #ws: WebSocket
  readonly #options: FakeDeviceOptions
  readonly #opened: Promise<void>
  readonly #ledger = new FakeLedger()
  readonly #waiters = new Set<Waiter>()
  readonly #replies = new Map<number, Record<string, unknown>>()
  /** Channels of subscriptions that are not answered yet: the answers do not name them. */
  readonly #entering = new Map<number, string>()
  #end: CloseReason | undefined
  #lastId = 0
  #isPonging = true

  constructor(ws: WebSocket, options: FakeDeviceOptions) {
    this.#ws = ws
    this.#options = options
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

  get publications(): readonly FakePublication[] {
    return this.#ledger.publications
  }

  get subscriptions(): Readonly<Record<string, FakeSubscription>> {
    return Object.fromEntries(this.#ledger.subscriptions)
  }

  get positions(): Readonly<Record<string, Position>> {
    return Object.fromEntries(this.#ledger.positions)
  }

  get gaps(): readonly FakeGap[] {
    return this.#ledger.gaps
  }

  get joins(): readonly FakePresence[] {
    return this.#ledger.joins
  }

  get leaves(): readonly FakePresence[] {
    return this.#ledger.leaves
  }

  get isOpen(): boolean {
    return this.#end === undefined
  }

  async connect(): Promise<void> {
    await this.#opened
    const { token, data, device, positions = {} } = this.#options
    const since = Object.entries(positions).map(([channel, position]) => [
      channel,
      { recover: true, ...position },
    ])
    const shown = device === undefined ? data : { ...(isObject(data) ? data : {}), device }
    await this.command('connect', { token, data: shown, subs: Object.fromEntries(since) as object })
  }

  async received(count: number): Promise<readonly FakePublication[]> {
    await this.#until(() => this.publications.length >= count)
    return this.publications
  }

  async pinged(count: number): Promise<void> {
    await this.#until(() => this.pings >= count)
  }

  async settled(): Promise<void> {
    if (!this.#end) await this.command('unsubscribe', { channel: '-' })
  }

  async acknowledge(channel?: string, offset?: number): Promise<void> {
    const all = Object.entries(this.positions).filter(([name]) => channel === undefined || name === channel)
    const data = all.map(([name, position]) => [name, offset ?? position.offset, position.epoch])
    await this.command('rpc', { method: 'ack', data })
  }

  subscribe(channel: string, options: object = {}): Promise<object> {
    return this.command('subscribe', { ...options, channel })
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.command('unsubscribe', { channel })
    this.#ledger.left(channel)
  }

  async command(method: string, params: object): Promise<object> {
    const id = ++this.#lastId
    const { channel } = params as { readonly channel?: unknown }
    if (method === 'subscribe' && typeof channel === 'string') this.#entering.set(id, channel)
    this.#say({ id, [method]: params })
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

  resumeReading(): void {
    this.#ws.resume()
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

  #say(message: object): void {
    this.#ws.send(JSON.stringify(message), () => undefined)
  }

  #read(text: string): void {
    const had = this.publications.length
    for (const line of text.split('\n')) this.#take(JSON.parse(line) as Record<string, unknown>)
    if (this.#options.autoAck === true && this.publications.length > had) {
      // Nothing waits for the answer; where the connection ends first, the server sends it all again.
      this.acknowledge().catch(() => undefined)
    }
    this.#notify()
  }

  #take(message: Record<string, unknown>): void {
    const { id, push } = message
    if (typeof id === 'number') this.#takeReply(id, message)
    else if (isObject(push)) this.#ledger.hear(String(push['channel']), push)
    else {
      this.pings++
      if (this.#isPonging) this.#ws.send(PONG, () => undefined)
    }
  }

  /** At once, not when its command goes on: what is behind it in the same frame comes after it. */
  #takeReply(id: number, reply: Record<string, unknown>): void {
    const { connect, subscribe } = reply
    if (isObject(connect)) this.#welcome(connect)
    const channel = this.#entering.get(id)
    this.#entering.delete(id)
    if (channel !== undefined && isObject(subscribe)) this.#ledger.enter(channel, subscribe)
    this.#replies.set(id, reply)
  }

  #welcome({ client, subs }: Record<string, unknown>): void {
    this.client = String(client)
    const told = isObject(subs) ? subs : {}
    this.channels = Object.keys(told)
    for (const [channel, sub] of Object.entries(told)) if (isObject(sub)) this.#ledger.enter(channel, sub)
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
