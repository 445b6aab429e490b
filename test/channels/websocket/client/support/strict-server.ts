/** A server that speaks the protocol as a test tells it to, and that holds clients to it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

type Json = Readonly<Record<string, unknown>>

export interface Command {
  readonly id: number
  readonly method: string
  readonly params: Json
}

/** What is answered to a command, such as `{ subscribe: {} }`; undefined for nothing. */
type Answer = (params: Json, peer: Peer) => object | undefined

export class Peer {
  readonly commands: Command[] = []
  /** Answers to pings. */
  pongs = 0
  isOpen = true
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('close', () => (this.isOpen = false))
  }

  /** Sends everything in one frame, one message on each line. */
  say(...messages: readonly object[]): void {
    this.sayRaw(messages.map((message) => JSON.stringify(message)).join('\n'))
  }

  sayRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  publish(channel: string, offset: number | undefined, data: object = { id: `m${offset}` }): void {
    this.say({ push: { channel, pub: { data, offset } } })
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** Ends the line as a broken network does. */
  cut(): void {
    this.#socket.terminate()
  }

  /** What was asked for by a method, in order. */
  params(method: string): readonly Json[] {
    return this.commands.filter((command) => command.method === method).map(({ params }) => params)
  }

  /** What the client acknowledged, in order. */
  get acks(): readonly unknown[] {
    return this.params('rpc')
      .filter(({ method, data }) => method === 'ack' && (data as unknown[]).length > 0)
      .flatMap(({ data }) => data as unknown[])
  }
}

export interface StrictServer extends AsyncDisposable {
  readonly url: string
  /** Every connection so far. */
  readonly peers: readonly Peer[]
  /** Upgrades so far, with those that were refused. */
  readonly upgrades: number
  /** By method. Whoever has none is answered with `{}`. */
  readonly answers: Record<string, Answer>
  /** The newest connection. */
  readonly peer: Peer
  /** Answers upgrades with this status instead. */
  refuseWith: number | undefined
}

const CONNECTED = { client: 'c1', version: 'strict', ping: 25, pong: true, subs: {} }

/** Throws when it is disposed of, where a client has broken the protocol. */
export async function startStrictServer(connected: object = {}): Promise<StrictServer> {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const peers: Peer[] = []
  const violations: string[] = []
  const server = {
    url: '',
    peers,
    upgrades: 0,
    answers: { connect: () => ({ connect: { ...CONNECTED, ...connected } }) } as Record<string, Answer>,
    refuseWith: undefined as number | undefined,
    get peer() {
      const newest = peers.at(-1)
      if (!newest) throw new Error('nobody has connected')
      return newest
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
      if (violations.length > 0) throw new Error(`the client broke the protocol: ${violations.join('; ')}`)
    },
  } satisfies StrictServer
  http.on('upgrade', (request, socket, head) => {
    server.upgrades += 1
    socket.on('error', () => undefined)
    if (server.refuseWith !== undefined) {
      return void socket.end(`HTTP/1.1 ${server.refuseWith} No\r\nConnection: close\r\n\r\n`)
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const peer = new Peer(ws)
      peers.push(peer)
      ws.on('error', () => undefined)
      ws.on('message', (data, isBinary) => {
        const text = (data as Buffer).toString()
        const violation = isBinary ? 'a binary frame' : takeFrame(peer, text, server.answers)
        if (violation) violations.push(`${violation} in ${text}`)
      })
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  server.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/push`
  return server
}

/** @returns what is wrong with it */
function takeFrame(peer: Peer, text: string, answers: Record<string, Answer>): string | undefined {
  if (text.includes('\n')) return 'more than one line'
  if (text === '{}') {
    peer.pongs += 1
    return undefined
  }
  const command = readCommand(text)
  if (!command) return 'no command'
  const last = peer.commands.at(-1)
  if (!last && command.method !== 'connect') return 'a first command other than connect'
  if (last && command.method === 'connect') return 'a second connect'
  if (command.id <= (last?.id ?? 0)) return 'an id that does not increase'
  peer.commands.push(command)
  const answer = (answers[command.method] ?? (() => ({ [command.method]: {} })))(command.params, peer)
  if (answer) peer.say({ id: command.id, ...answer })
  return undefined
}

function readCommand(text: string): Command | undefined {
  try {
    const { id, ...rest } = JSON.parse(text) as { id: unknown } & Json
    const [[method, params] = [], ...others] = Object.entries(rest)
    const isCommand = Number.isInteger(id) && (id as number) > 0 && others.length === 0
    const isWhole = method !== undefined && typeof params === 'object' && params !== null
    return isCommand && isWhole ? { id: id as number, method, params: params as Json } : undefined
  } catch {
    return undefined
  }
}
