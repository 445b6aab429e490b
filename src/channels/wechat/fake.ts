/**
 * WeChat's API on 127.0.0.1, for tests: issues access tokens, checks messages as the real one does, and remembers
 * what it accepted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { systemClock } from '../../core/clock.ts'
import {
  headerTexts,
  listenLocally,
  faultIn,
  isKeptIn,
  refusalIn,
  type FakeFault,
  type FakeWatch,
  type PlannedFault,
} from '../../core/fake.ts'
import type { FakeAccount, FakeWechatMessage } from './fake-account.ts'
import { FakeApi, callOf, toJson, withRid, type FakeRequest } from './fake-api.ts'
import type { FakeWechat, FakeWechatAccount, FakeWechatOptions } from './fake-options.ts'
import { FakeScript, type FakeAnswer, type FakeCall } from './fake-script.ts'

export type { FakeWechat, FakeWechatAccount, FakeWechatOptions } from './fake-options.ts'
export type { FakeFault, ProviderFake } from '../../core/fake.ts'
export type { FakeAnswer, FakeCall } from './fake-script.ts'
export type { FakeWechatKeys, FakeWechatMessage } from './fake-account.ts'

/** Starts a fake WeChat with one mini-program and one official account, on a random port of 127.0.0.1. */
export async function startFakeWechat(options: FakeWechatOptions = {}): Promise<FakeWechat> {
  const fake = new FakeServer(options)
  await fake.listen()
  return fake
}

class FakeServer implements FakeWechat {
  readonly calls = { message: 0, token: 0 }
  readonly #script = new FakeScript()
  readonly #api: FakeApi
  readonly #server: Server
  readonly #protocol: string
  /** The TCP connections, also below TLS. */
  readonly #open = new Set<Socket>()
  /** Those that wait for a request; of TLS where there is TLS. */
  readonly #idle = new Set<Socket>()
  readonly #port: number
  readonly #watch: FakeWatch<FakeWechatMessage>
  #endpoint = ''

  constructor({ tls, clock = systemClock, port = 0, watch = {}, ...options }: FakeWechatOptions) {
    this.#port = port
    this.#watch = watch
    this.#api = new FakeApi({ ...options, clock, maxAccepted: watch.maxAccepted })
    this.#protocol = tls ? 'https' : 'http'
    this.#server = tls ? createTlsServer(tls) : createServer()
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#idle.delete(request.socket)
      response.once('finish', () => this.#idle.add(request.socket))
      this.#serve(request, response).catch(() => request.socket.destroy())
    })
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#idle.add(socket)
      socket.once('close', () => this.#idle.delete(socket))
    })
    this.#server.on('connection', (socket) => {
      this.#open.add(socket)
      socket.once('close', () => this.#open.delete(socket))
      if (this.#script.takeUnreachable()) socket.resetAndDestroy()
    })
  }

  get accepted(): readonly FakeWechatMessage[] {
    return this.#api.accepted
  }

  get connections(): number {
    return this.#open.size
  }

  get allowedIps(): readonly string[] | undefined {
    return this.#api.allowedIps
  }

  set allowedIps(ips) {
    this.#api.allowedIps = ips
  }

  get endpoint(): string {
    return this.#endpoint
  }

  get miniProgram(): FakeWechatAccount {
    return this.#describe(this.#api.accounts.subscribe)
  }

  get officialAccount(): FakeWechatAccount {
    return this.#describe(this.#api.accounts.template)
  }

  async listen(): Promise<void> {
    await listenLocally(this.#server, this.#port)
    this.#endpoint = `${this.#protocol}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  failNext(fault: FakeFault, on: FakeCall = 'message'): Promise<void> {
    // What was kept alive is taken back: the next request finds nobody before a byte of it is read.
    if (fault === 'unreachable') for (const socket of this.#idle) socket.end()
    return this.#script.fail(fault, on)
  }

  refuseNext(errcode: number, errmsg = 'refused by the test', on: FakeCall = 'message'): void {
    this.#script.answer(refused(String(errcode), errmsg), on)
  }

  answerNext(answer: FakeAnswer, on: FakeCall = 'message'): void {
    this.#script.answer(answer, on)
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    return closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #describe(account: FakeAccount): FakeWechatAccount {
    const { appId, appSecret, openid, template, tokens } = account
    return {
      config: { appId, appSecret, endpoint: this.#endpoint },
      openid,
      template,
      get quota() {
        return account.quota
      },
      set quota(left) {
        account.quota = left
      },
      setCredits: (...credits) => account.setCredits(...credits),
      rotateToken: () => tokens.rotate(),
      poisonToken: () => tokens.poison(),
      tokens: tokens.values,
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#script.takeUnreachable()) return reset(request.socket)
    const url = new URL(request.url ?? '/', this.#endpoint)
    const text = await readText(request)
    const { method = '', socket } = request
    const call = { method, url, text, ip: socket.remoteAddress ?? '' }
    const kind = callOf(url.pathname)
    if (kind) this.calls[kind] += 1
    const course = this.#courseOf(call, kind)
    if (course.fault) fail(course.fault.fault, request, response)
    else reply(response, course.answer)
    course.fault?.happened()
    if (kind === 'message') this.#tell(call, request.headers, course)
  }

  #courseOf(call: FakeRequest, kind: FakeCall | undefined): Course {
    const step = kind && this.#script.take(kind)
    if (step && 'answer' in step) return { answer: step.answer, isKept: false }
    const simulation =
      kind === 'message' ? this.#watch.simulate?.(recipientsOf(call), call.url.pathname) : undefined
    const refusal = refusalIn(simulation)
    if (refusal !== undefined) return { answer: refused(refusal), isKept: false }
    const fault = faultIn(simulation) ?? step
    return fault && !isKeptIn(fault)
      ? { answer: NO_ANSWER, fault, isKept: false }
      : this.#perform(call, fault)
  }

  #perform(call: FakeRequest, fault: PlannedFault | undefined): Course {
    const before = this.#api.accepted.at(-1)
    const answer = { body: toJson(this.#api.answer(call)) }
    const isKept = this.#api.accepted.at(-1) !== before
    return { answer, isKept, ...(fault && { fault }) }
  }

  #tell(call: FakeRequest, headers: IncomingMessage['headers'], { answer, fault, isKept }: Course): void {
    const { method, url, text } = call
    const kept = isKept ? this.#api.accepted.at(-1) : this.#api.read(call)
    const refusal = /"errcode":(-?\d+)/.exec(answer.body)?.[1]
    const line = `HTTP/1.1 ${answer.status ?? 200}`
    this.#watch.exchanged?.({
      messages: kept ? [kept] : [],
      isKept,
      recipients: recipientsOf(call),
      request: {
        line: `${method} ${url.pathname}${url.search} HTTP/1.1`,
        headers: headerTexts(headers),
        body: text,
      },
      ...(!fault && { response: { line, headers: JSON_TYPE, body: answer.body } }),
      ...(fault ? { fault: fault.fault } : refusal !== undefined && refusal !== '0' && { refusal }),
    })
  }
}

/** What becomes of a call. */
interface Course {
  readonly answer: FakeAnswer
  readonly fault?: PlannedFault
  readonly isKept: boolean
}

const NO_ANSWER: FakeAnswer = { body: '' }
const JSON_TYPE = { 'content-type': 'application/json; encoding=utf-8' }

function refused(errcode: string, errmsg = 'refused on purpose'): FakeAnswer {
  return { body: JSON.stringify(withRid({ errcode: Number(errcode), errmsg })) }
}

function recipientsOf({ text }: FakeRequest): readonly string[] {
  const to = /"touser"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1]
  return to === undefined ? [] : [to]
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function reply(response: ServerResponse, { status = 200, body }: FakeAnswer): void {
  response.writeHead(status, JSON_TYPE).end(body)
}

function fail(fault: FakeFault, request: IncomingMessage, response: ServerResponse): void {
  if (fault === 'garbage') reply(response, { body: 'ÿ\u0000{"errcode":' })
  else if (!fault.startsWith('stall')) reset(request.socket)
}

/** Node cannot reset a TLS socket itself: it would be left open. */
function reset(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy()
  else socket.resetAndDestroy()
}
