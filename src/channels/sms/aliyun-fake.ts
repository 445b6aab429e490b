/** Alibaba Cloud's SMS API on 127.0.0.1: verifies the signature the real SDK makes, and keeps what it accepts. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { systemClock, type Clock } from '../../core/clock.ts'
import {
  faultIn,
  isKeptIn,
  headerTexts,
  listenLocally,
  refusalIn,
  remember,
  type FakeFault,
  type FakeWatch,
  type PlannedFault,
  type Simulation,
} from '../../core/fake.ts'
import { FakeAccount, type FakeSms, type FakeSubmission, type FakeTemplate } from './aliyun-fake-account.ts'
import type { FakeAliyun, FakeAliyunOptions, FakeRefusalDetails } from './aliyun-fake-options.ts'
import { readTexts } from './aliyun-fake-batch.ts'
import { detailsOf } from './aliyun-fake-details.ts'
import { exchangeOf } from './fake-exchange.ts'
import { FakeGateway, type FakeKeys, type GatewayRequest } from './aliyun-fake-gateway.ts'
import { accepted, codeOf, refusalOf, refused, type FakeReply, type Refusal } from './aliyun-fake-replies.ts'

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

const HOST = 'dysmsapi.aliyuncs.com'

interface PlannedAnswer {
  readonly reply: FakeReply
  readonly keeps: number
}

/** What becomes of a call. */
interface Course {
  readonly reply: FakeReply
  readonly fault?: PlannedFault
  readonly messages?: readonly FakeSms[] | undefined
  readonly isKept: boolean
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
  readonly #port: number
  readonly #watch: FakeWatch<FakeSms>
  readonly #faults: PlannedFault[] = []
  readonly #answers: PlannedAnswer[] = []
  readonly #sockets = new Set<Socket>()
  /** Those that were answered and may be asked again. */
  readonly #idle = new Set<Socket>()

  constructor(options: FakeAliyunOptions) {
    const { clock = systemClock, recordLagMs = 0, port = 0, watch = {}, approvesAll = false } = options
    const { signs = ['阿里云短信测试'], templates = DEFAULT_TEMPLATES, ...keys } = options
    this.#clock = clock
    this.#recordLagMs = recordLagMs
    this.#port = port
    this.#watch = watch
    this.#gateway = new FakeGateway(keysOf(keys), clock)
    this.#account = new FakeAccount({ signs, templates, approvesAll }, clock)
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
    return listenLocally(this.#server, this.#port)
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
    const course = this.#courseOf(received)
    if (course.isKept) remember(this.accepted, course.messages ?? [], this.#watch.maxAccepted)
    if (course.fault) this.#fail(course.fault, request.socket, response)
    else this.#answer(response, course.reply)
    this.#tell(received, course)
  }

  #courseOf(received: GatewayRequest): Course {
    const refusal = this.#gateway.refuse(received)
    if (refusal) {
      this.refused.push(refusal.code)
      return { reply: refused(refusal, HOST), isKept: false }
    }
    this.calls.push(received.headers['x-acs-action'] ?? '')
    const performed = this.#perform(received)
    const simulation = this.#simulationOf(received)
    const planned = this.#answers.shift()
    if (planned) return keptOf(performed, planned)
    const code = refusalIn(simulation)
    if (code !== undefined) return { ...performed, reply: refused(refusalOf(code), HOST), isKept: false }
    const fault = faultIn(simulation) ?? this.#faults.shift()
    return { ...performed, isKept: isKeptIn(fault), ...(fault && { fault }) }
  }

  #simulationOf(received: GatewayRequest): Simulation | undefined {
    return isSending(received) ? this.#watch.simulate?.(recipientsOf(received)) : undefined
  }

  #tell(received: GatewayRequest, course: Course): void {
    if (!isSending(received)) return
    const refusal = codeOf(course.reply)
    this.#watch.exchanged?.(exchangeOf(received, { ...course, refusal, recipients: recipientsOf(received) }))
  }

  #perform(received: GatewayRequest): Performed {
    const { headers } = received
    const result =
      headers['x-acs-version'] === '2017-05-25'
        ? this.#dispatch(headers['x-acs-action'] ?? '', parametersOf(received))
        : refusalOf('InvalidVersion')
    if ('code' in result) return { reply: refused(result, HOST) }
    return 'reply' in result ? result : { reply: result }
  }

  #dispatch(action: string, query: Record<string, string>): FakeReply | Performed | Refusal {
    switch (action) {
      case 'SendSms':
        return submitted(this.#account.sendSms(query))
      case 'SendBatchSms':
        return submitted(this.#account.sendBatchSms(query))
      case 'QuerySendDetails':
        return detailsOf(query, { sent: this.accepted, until: this.#clock.now() - this.#recordLagMs })
      case 'QuerySmsTemplateList':
        return listed(this.#account.listTemplates(), query)
      default:
        return refusalOf('InvalidAction.NotFound')
    }
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

interface Performed {
  readonly reply: FakeReply
  readonly messages?: readonly FakeSms[]
}

function submitted(made: FakeSubmission | Refusal): Performed | Refusal {
  return 'code' in made ? made : { reply: accepted({ BizId: made.bizId }), messages: made.messages }
}

function keptOf({ messages }: Performed, { reply, keeps }: PlannedAnswer): Course {
  return { reply, messages: messages?.slice(0, keeps), isKept: keeps > 0 }
}

const isSending = ({ headers }: GatewayRequest) => /^Send(Batch)?Sms$/.test(headers['x-acs-action'] ?? '')

/** As they came: mainland numbers bare, others with their country code. */
function recipientsOf(received: GatewayRequest): readonly string[] {
  const { PhoneNumbers, PhoneNumberJson } = parametersOf(received)
  return PhoneNumbers?.split(',') ?? readTexts(PhoneNumberJson) ?? []
}

function keysOf({ accessKeyId, accessKeySecret, securityToken }: FakeAliyunOptions): FakeKeys {
  return {
    accessKeyId: accessKeyId ?? DEFAULT_KEYS.accessKeyId,
    accessKeySecret: accessKeySecret ?? DEFAULT_KEYS.accessKeySecret,
    ...(securityToken !== undefined && { securityToken }),
  }
}

/** The SDK puts some into the query and some into a form. */
function parametersOf({ target, headers, body }: GatewayRequest): Record<string, string> {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  const form = new URLSearchParams(isForm ? body.toString() : '')
  return Object.fromEntries([...new URL(target, 'http://fake').searchParams, ...form])
}

function listed(templates: readonly object[], query: Readonly<Record<string, string>>): FakeReply {
  const { PageIndex: page = '1', PageSize: size = '10' } = query
  const end = Number(page) * Number(size)
  const shown = templates.slice(end - Number(size), end)
  const place = { TotalCount: templates.length, CurrentPage: Number(page), PageSize: Number(size) }
  return accepted({ ...place, SmsTemplateList: shown })
}

async function readRequest(request: IncomingMessage): Promise<GatewayRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', url: target = '/' } = request
  return { method, target, headers: headerTexts(request.headers), body: Buffer.concat(chunks) }
}
