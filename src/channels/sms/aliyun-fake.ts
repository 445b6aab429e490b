/** Alibaba Cloud's SMS API on 127.0.0.1: verifies the signature the real SDK makes, and keeps what it accepts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { FakeFault, ProviderFake } from '../../core/fake.ts'
import { FakeAccount, type FakeSms, type FakeSubmission, type FakeTemplate } from './aliyun-fake-account.ts'
import { detailsOf } from './aliyun-fake-details.ts'
import { FakeGateway, type FakeKeys, type GatewayRequest } from './aliyun-fake-gateway.ts'
import { accepted, refusalOf, refused, type FakeReply, type Refusal } from './aliyun-fake-replies.ts'

export interface FakeAliyunOptions {
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
  /** Where set, calls must carry it. */
  readonly securityToken?: string
  /** Approved sign names. @default ['阿里云短信测试'] */
  readonly signs?: readonly string[]
  /** Approved templates by code. @default a verification template, SMS_154950909, with the variable `code` */
  readonly templates?: Readonly<Record<string, FakeTemplate>>
  readonly clock?: Clock
  /** How long QuerySendDetails knows nothing of what was accepted, in milliseconds. @default 0 */
  readonly recordLagMs?: number
}

export interface FakeAliyun extends ProviderFake<FakeSms> {
  /** For the driver's `endpoint`. */
  readonly endpoint: string
  /** What calls must be signed with; spread it into the driver's configuration. */
  readonly credentials: FakeKeys
  /** The operations that were called with a valid signature, oldest first, whatever came of them. */
  readonly calls: readonly string[]
  /** The codes of the calls that were not let through, oldest first. */
  readonly refused: readonly string[]
  /** How many connections were opened so far. */
  readonly connectionsMade: number
  /**
   * Answers the next call with this code, in the documented shape; the text and the HTTP status can be given. Of a
   * batch, `keeps` messages are accepted all the same: Aliyun does not promise that its refusal is of all.
   */
  refuseNext(code: string, details?: FakeRefusalDetails): void
  /** Answers the next call word for word. */
  answerNext(reply: FakeReply): void
  /** From now on only these keys are known; temporary ones known before have expired. */
  rotate(credentials: FakeKeys): void
}

export interface FakeRefusalDetails {
  readonly message?: string
  readonly status?: number
  /** @default 0 */
  readonly keeps?: number
}

const DEFAULT_KEYS: FakeKeys = {
  accessKeyId: 'LTAI5tFakeAccessKeyId0001',
  accessKeySecret: 'FakeAccessKeySecret0123456789a',
}
const DEFAULT_TEMPLATES: Readonly<Record<string, FakeTemplate>> = {
  SMS_154950909: { content: '您的验证码为：${code}，请勿泄露于他人！', kind: 'verification' },
}

/** Starts the fake on a random port. */
export async function startFakeAliyun(options: FakeAliyunOptions = {}): Promise<FakeAliyun> {
  const fake = new AliyunFake(options)
  await fake.listen()
  return fake
}

interface PlannedAnswer {
  readonly reply: FakeReply
  readonly keeps: number
}

interface PlannedFault {
  readonly fault: FakeFault
  readonly happened: () => void
}

class AliyunFake implements FakeAliyun {
  readonly accepted: FakeSms[] = []
  readonly calls: string[] = []
  readonly refused: string[] = []
  connectionsMade = 0
  readonly #server: Server
  readonly #gateway: FakeGateway
  readonly #account: FakeAccount
  readonly #clock: Clock
  readonly #recordLagMs: number
  readonly #faults: PlannedFault[] = []
  readonly #answers: PlannedAnswer[] = []
  readonly #sockets = new Set<Socket>()
  /** Those that were answered and may be asked again. */
  readonly #idle = new Set<Socket>()

  constructor({ signs, templates, clock = systemClock, recordLagMs = 0, ...keys }: FakeAliyunOptions) {
    this.#clock = clock
    this.#recordLagMs = recordLagMs
    this.#gateway = new FakeGateway({ ...DEFAULT_KEYS, ...keys }, clock)
    this.#account = new FakeAccount(signs ?? ['阿里云短信测试'], templates ?? DEFAULT_TEMPLATES, clock)
    this.#server = createServer((request, response) => {
      const { socket } = request
      if (this.#isUnreachable(socket)) return
      this.#idle.delete(socket)
      response.once('finish', () => this.#idle.add(socket))
      // A client that goes away in the middle is none of the fake's business.
      this.#serve(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', (socket) => this.#welcome(socket))
  }

  get endpoint(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  get credentials(): FakeKeys {
    return this.#gateway.keys
  }

  listen(): Promise<void> {
    return new Promise((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
  }

  failNext(fault: FakeFault): Promise<void> {
    // Whoever kept a connection must come anew; one that asks before it has noticed is reset unread.
    if (fault === 'unreachable') for (const socket of this.#idle) socket.end()
    return new Promise((happened) => void this.#faults.push({ fault, happened }))
  }

  refuseNext(code: string, { keeps = 0, ...details }: FakeRefusalDetails = {}): void {
    this.#answers.push({ reply: refused(refusalOf(code, details), 'dysmsapi.aliyuncs.com'), keeps })
  }

  answerNext(reply: FakeReply): void {
    this.#answers.push({ reply, keeps: 0 })
  }

  rotate(credentials: FakeKeys): void {
    this.#gateway.rotate(credentials)
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #welcome(socket: Socket): void {
    this.connectionsMade += 1
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#idle.delete(socket)
    })
    this.#isUnreachable(socket)
  }

  /** Resets the connection where that is the next fault. */
  #isUnreachable(socket: Socket): boolean {
    if (this.#faults[0]?.fault !== 'unreachable') return false
    socket.resetAndDestroy()
    this.#faults.shift()?.happened()
    return true
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await readRequest(request)
    const refusal = this.#gateway.refuse(received)
    if (refusal) {
      this.refused.push(refusal.code)
      return this.#answer(response, refused(refusal, 'dysmsapi.aliyuncs.com'))
    }
    this.calls.push(received.headers['x-acs-action'] ?? '')
    const planned = this.#answers.shift()
    if (planned) {
      if (planned.keeps > 0) this.#perform(received, planned.keeps)
      return this.#answer(response, planned.reply)
    }
    const fault = this.#faults.shift()
    const keepsAll = !fault || fault.fault.endsWith('_accepted')
    const reply = this.#perform(received, keepsAll ? Infinity : 0)
    if (fault) this.#fail(fault, request.socket, response)
    else this.#answer(response, reply)
  }

  #perform(received: GatewayRequest, keeps: number): FakeReply {
    const { headers } = received
    const result =
      headers['x-acs-version'] === '2017-05-25'
        ? this.#dispatch(headers['x-acs-action'] ?? '', parametersOf(received), keeps)
        : refusalOf('InvalidVersion')
    return 'body' in result ? result : refused(result, 'dysmsapi.aliyuncs.com')
  }

  #dispatch(action: string, query: Record<string, string>, keeps: number): FakeReply | Refusal {
    switch (action) {
      case 'SendSms':
        return this.#submit(this.#account.sendSms(query), keeps)
      case 'SendBatchSms':
        return this.#submit(this.#account.sendBatchSms(query), keeps)
      case 'QuerySendDetails':
        return detailsOf(query, { sent: this.accepted, until: this.#clock.now() - this.#recordLagMs })
      case 'QuerySmsTemplateList':
        return listed(this.#account.listTemplates())
      default:
        return refusalOf('InvalidAction.NotFound')
    }
  }

  #submit(made: FakeSubmission | Refusal, keeps: number): FakeReply | Refusal {
    if ('code' in made) return made
    this.accepted.push(...made.messages.slice(0, keeps))
    return accepted({ BizId: made.bizId })
  }

  #fail({ fault, happened }: PlannedFault, socket: Socket, response: ServerResponse): void {
    if (fault.startsWith('reset') || fault === 'unreachable') socket.resetAndDestroy()
    else if (fault === 'garbage')
      this.#answer(response, { status: 200, body: '<html>Welcome to the hotel</html>' })
    happened()
  }

  #answer(response: ServerResponse, { status, headers, body }: FakeReply): void {
    response.writeHead(status, { date: new Date(this.#clock.now()).toUTCString(), ...headers })
    response.end(body)
  }
}

/** The SDK puts some into the query and some into a form. */
function parametersOf({ target, headers, body }: GatewayRequest): Record<string, string> {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const form = new URLSearchParams(isForm ? body.toString() : '')
  return Object.fromEntries([...new URL(target, 'http://fake').searchParams, ...form])
}

function listed(templates: readonly object[]): FakeReply {
  const page = { TotalCount: templates.length, CurrentPage: 1, PageSize: 10 }
  return accepted({ ...page, SmsTemplateList: templates })
}

async function readRequest(request: IncomingMessage): Promise<GatewayRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const entries = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
  const { method = '', url: target = '/' } = request
  return { method, target, headers: Object.fromEntries(entries), body: Buffer.concat(chunks) }
}
