/** A Centrifugo server's HTTP API on 127.0.0.1, for tests: checks every call as strictly as it can, and keeps what it accepted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../../../core/clock.ts'
import {
  listenLocally,
  faultIn,
  isKeptIn,
  refusalIn,
  remember,
  type FakeFault,
  type FakeWatch,
  type ProviderFake,
} from '../../../core/fake.ts'
import { FakeBroker, type FakeCentrifugoPublication, type FakeNamespace } from './fake-broker.ts'
import { FakeFrontDoor, statusOf, type FakeCall } from './fake-front-door.ts'
import { FAKE_MESSAGES, FakeMethods, type FakeDisconnection, type FakeOutcome } from './fake-methods.ts'
import type { FakeMethod } from './fake-requests.ts'
import { channelsOf, exchanged } from './fake-watching.ts'
import { FakeScript, type FakeCentrifugoAnswer, type FakeStep } from './fake-script.ts'

export type { FakeCentrifugoPublication, FakeNamespace } from './fake-broker.ts'
export type { FakeCall } from './fake-front-door.ts'
export type { FakeDisconnection } from './fake-methods.ts'
export type { FakeMethod } from './fake-requests.ts'
export type { FakeCentrifugoAnswer } from './fake-script.ts'

export interface FakeCentrifugoOptions {
  readonly apiKey?: string
  /** Options of channels without a namespace, `#<user>` among them. @default neither presence nor history */
  readonly withoutNamespace?: FakeNamespace
  /** By name: of channels such as `name:rest`. @default none, so that such channels are unknown */
  readonly namespaces?: Readonly<Record<string, FakeNamespace>>
  /** `transport` tells errors by the HTTP status, as the server's `http_api.error_mode` does. @default in an answer 200 */
  readonly errorMode?: 'transport'
  /** Larger bodies get HTTP 413, as from a proxy before the server. @default 1_048_576 */
  readonly maxBodyBytes?: number
  readonly clock?: Clock
  /** Namespaces that are not named have the options of those without one. @default false: they are unknown */
  readonly knowsAll?: boolean
  /** @default a random one */
  readonly port?: number
  readonly watch?: FakeWatch<FakeCentrifugoPublication>
}

export interface FakeCentrifugo extends ProviderFake<FakeCentrifugoPublication> {
  /** For the driver's configuration. */
  readonly config: { readonly endpoint: string; readonly apiKey: string }
  /** The calls that were let in and could be read, oldest first, whatever came of them. */
  readonly calls: readonly FakeCall[]
  /** Who was disconnected through the API. */
  readonly disconnected: readonly FakeDisconnection[]
  /** Lets somebody subscribe. @returns the client's id */
  subscribe(channel: string, user?: string): string
  unsubscribe(client: string): void
  /** What a channel's history keeps, oldest first. */
  history(channel: string): readonly FakeCentrifugoPublication[]
  /** @param on the method whose next call fails. @default 'publish' */
  failNext(fault: FakeFault, on?: FakeMethod): Promise<void>
  /** Answers the next call with this error. @default on 'publish' */
  refuseNext(code: number, details?: { readonly message?: string; readonly on?: FakeMethod }): void
  /** Answers the next call with this, whatever it asks. @default on 'publish' */
  answerNext(answer: FakeCentrifugoAnswer, on?: FakeMethod): void
}

/** Starts the fake on a random port. */
export async function startFakeCentrifugo(options: FakeCentrifugoOptions = {}): Promise<FakeCentrifugo> {
  const fake = new CentrifugoFake(options)
  await fake.listen()
  return fake
}

class CentrifugoFake implements FakeCentrifugo {
  readonly calls: FakeCall[] = []
  readonly #broker: FakeBroker
  readonly #methods: FakeMethods
  readonly #door: FakeFrontDoor
  readonly #script = new FakeScript()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Those that were answered and may be asked again. */
  readonly #idle = new Set<Socket>()
  readonly #apiKey: string
  readonly #isTransportMode: boolean
  readonly #port: number
  readonly #watch: FakeWatch<FakeCentrifugoPublication>

  constructor({ clock = systemClock, ...options }: FakeCentrifugoOptions) {
    this.#apiKey = options.apiKey ?? randomUUID()
    this.#isTransportMode = options.errorMode === 'transport'
    const { withoutNamespace = {}, namespaces = {}, maxBodyBytes = 1_048_576, knowsAll = false } = options
    this.#port = options.port ?? 0
    this.#watch = options.watch ?? {}
    this.#broker = new FakeBroker(clock, this.#watch.maxAccepted)
    this.#methods = new FakeMethods({ broker: this.#broker, withoutNamespace, namespaces, knowsAll })
    this.#door = new FakeFrontDoor(this.#apiKey, maxBodyBytes)
    this.#server = createServer((request, response) => {
      const { socket } = request
      this.#idle.delete(socket)
      response.once('finish', () => this.#idle.add(socket))
      // A client that goes away in the middle is none of the fake's business.
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', (socket) => this.#welcome(socket))
  }

  get accepted(): readonly FakeCentrifugoPublication[] {
    return this.#broker.publications
  }

  get connections(): number {
    return this.#sockets.size
  }

  get disconnected(): readonly FakeDisconnection[] {
    return this.#methods.disconnected
  }

  get config(): FakeCentrifugo['config'] {
    const { port } = this.#server.address() as AddressInfo
    return { endpoint: `http://127.0.0.1:${port}`, apiKey: this.#apiKey }
  }

  listen(): Promise<void> {
    return listenLocally(this.#server, this.#port)
  }

  subscribe(channel: string, user = ''): string {
    const client = randomUUID()
    this.#broker.enter(client, channel, user)
    return client
  }

  unsubscribe(client: string): void {
    this.#broker.leave(client)
  }

  history(channel: string): readonly FakeCentrifugoPublication[] {
    return this.#broker.history(channel)
  }

  failNext(fault: FakeFault, on: FakeMethod = 'publish'): Promise<void> {
    // Whoever kept a connection must come anew; one that asks before it has noticed is reset unread.
    if (fault === 'unreachable') for (const socket of this.#idle) socket.end()
    return this.#script.fail(fault, on)
  }

  refuseNext(
    code: number,
    { message = FAKE_MESSAGES[code] ?? '', on = 'publish' }: RefuseOptions = {},
  ): void {
    this.#script.plan(on, { error: { code, message } })
  }

  answerNext(answer: FakeCentrifugoAnswer, on: FakeMethod = 'publish'): void {
    this.#script.plan(on, { answer })
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#idle.delete(socket)
    })
    if (this.#script.takeUnreachable()) socket.resetAndDestroy()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#script.takeUnreachable()) return void request.socket.resetAndDestroy()
    const asked = await this.#door.admit(request)
    if ('status' in asked) return void answer(response, asked)
    remember(this.calls, [asked], this.#watch.maxAccepted)
    const step = this.#stepOf(asked)
    const before = this.#broker.publications.at(-1)
    const reply = this.#follow(step, asked, { request, response })
    const publications = this.#broker.publications
    const kept = publications.slice(before ? publications.lastIndexOf(before) + 1 : 0)
    exchanged(this.#watch, asked, { request, kept, reply, step })
  }

  #stepOf({ method, request }: FakeCall): FakeStep | undefined {
    const channels = channelsOf(method, request)
    const simulation = channels.length > 0 ? this.#watch.simulate?.(channels) : undefined
    const code = Number(refusalIn(simulation))
    if (code) return { error: { code, message: FAKE_MESSAGES[code] ?? '' } }
    return faultIn(simulation) ?? this.#script.take(method)
  }

  /** @returns what it answered, if anything */
  #follow(
    step: FakeStep | undefined,
    call: FakeCall,
    { request, response }: Exchange,
  ): FakeCentrifugoAnswer | undefined {
    if (!step) return answer(response, this.#answerTo(this.#perform(call)))
    if ('answer' in step) return answer(response, step.answer)
    if ('error' in step) return answer(response, this.#answerTo(step))
    if (isKeptIn(step)) this.#perform(call)
    if (step.fault === 'garbage') answer(response, { body: '<html>Welcome to the hotel</html>' })
    else if (!step.fault.startsWith('stall')) request.socket.resetAndDestroy()
    step.happened()
    return undefined
  }

  #perform({ method, request }: FakeCall): FakeOutcome {
    return this.#methods.perform(method, request as never)
  }

  #answerTo(outcome: FakeOutcome): FakeCentrifugoAnswer {
    if (!('error' in outcome) || !this.#isTransportMode) return { body: JSON.stringify(outcome) }
    return { status: statusOf(outcome.error.code), body: JSON.stringify(outcome.error) }
  }
}

type RefuseOptions = NonNullable<Parameters<FakeCentrifugo['refuseNext']>[1]>

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

function answer(response: ServerResponse, reply: FakeCentrifugoAnswer): FakeCentrifugoAnswer {
  const { status = 200, headers, body } = reply
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
  return reply
}
