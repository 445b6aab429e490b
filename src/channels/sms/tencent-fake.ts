/** Tencent Cloud's SMS API on 127.0.0.1: verifies the TC3 signature, and keeps what it accepts. */
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
  type ProviderFake,
} from '../../core/fake.ts'
import { exchangeOf } from './fake-exchange.ts'
import { FakeTencentRegistry, type FakeTencentAccount, type FakeTencentSms } from './tencent-fake-account.ts'
import { FakeTencentGateway, type FakeTencentKeys, type TencentRequest } from './tencent-fake-gateway.ts'
import { isOfTheCall, refusedCall, textOf, type FakeTencentReply } from './tencent-fake-replies.ts'

export interface FakeTencentOptions extends Partial<FakeTencentAccount> {
  readonly secretId?: string
  readonly secretKey?: string
  /** Where set, calls must carry it. */
  readonly token?: string
  readonly clock?: Clock
  /** @default a random one */
  readonly port?: number
  readonly watch?: FakeWatch<FakeTencentSms>
}

export interface FakeTencent extends ProviderFake<FakeTencentSms> {
  /** For the driver's `endpoint`. */
  readonly endpoint: string
  /** What calls must be made with; spread it into the driver's configuration. */
  readonly credentials: FakeTencentKeys & { readonly smsSdkAppId: string }
  /** The operations that were called with a valid signature, oldest first, whatever came of them. */
  readonly calls: readonly string[]
  /** The codes of the calls that were not let through, oldest first. */
  readonly refused: readonly string[]
  /** Answers the next call with this code, in the documented shape: of the call, or of the number. */
  refuseNext(code: string, details?: { readonly message?: string }): void
  /** Answers the next call word for word. */
  answerNext(reply: FakeTencentReply): void
}

const DEFAULT_KEYS: FakeTencentKeys = {
  secretId: 'AKIDFakeSecretId00000000000000000001',
  secretKey: 'FakeSecretKey0123456789abcdefghi',
}
const DEFAULT_ACCOUNT: FakeTencentAccount = {
  smsSdkAppId: '1400006666',
  signs: ['腾讯云'],
  templates: { 449739: '您的动态验证码为{1}，{2}分钟内有效。' },
}

/** Starts the fake on a random port, by default with the sign 腾讯云 and the template 449739 of two values. */
export async function startFakeTencent(options: FakeTencentOptions = {}): Promise<FakeTencent> {
  const fake = new TencentFake(options)
  await fake.listen()
  return fake
}

type Planned = FakeTencentReply | { readonly code: string; readonly message: string }

/** What becomes of a call. */
interface Course {
  readonly reply: FakeTencentReply
  readonly fault?: PlannedFault
  readonly messages?: readonly FakeTencentSms[]
  readonly isKept: boolean
}

class TencentFake implements FakeTencent {
  readonly accepted: FakeTencentSms[] = []
  readonly calls: string[] = []
  readonly refused: string[] = []
  readonly #server: Server
  readonly #gateway: FakeTencentGateway
  readonly #registry: FakeTencentRegistry
  readonly #smsSdkAppId: string
  readonly #port: number
  readonly #watch: FakeWatch<FakeTencentSms>
  readonly #faults: PlannedFault[] = []
  readonly #planned: Planned[] = []
  readonly #sockets = new Set<Socket>()
  /** Those that were answered and may be asked again. */
  readonly #idle = new Set<Socket>()

  constructor(options: FakeTencentOptions) {
    const { smsSdkAppId, signs, templates, approvesAll = false } = options
    const { clock = systemClock, port = 0, watch = {} } = options
    this.#port = port
    this.#watch = watch
    const account = {
      approvesAll,
      smsSdkAppId: smsSdkAppId ?? DEFAULT_ACCOUNT.smsSdkAppId,
      signs: signs ?? DEFAULT_ACCOUNT.signs,
      templates: templates ?? DEFAULT_ACCOUNT.templates,
    }
    this.#smsSdkAppId = account.smsSdkAppId
    this.#gateway = new FakeTencentGateway(keysOf(options), 'sms', clock)
    this.#registry = new FakeTencentRegistry(account, clock)
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

  get credentials(): FakeTencent['credentials'] {
    return { ...this.#gateway.keys, smsSdkAppId: this.#smsSdkAppId }
  }

  listen(): Promise<void> {
    return listenLocally(this.#server, this.#port)
  }

  failNext(fault: FakeFault): Promise<void> {
    // Whoever kept a connection must come anew; one that asks before it has noticed is reset unread.
    if (fault === 'unreachable') for (const socket of this.#idle) socket.end()
    return new Promise((happened) => void this.#faults.push({ fault, happened }))
  }

  refuseNext(code: string, { message = textOf(code) }: { readonly message?: string } = {}): void {
    this.#planned.push(plannedFor(code, message))
  }

  answerNext(reply: FakeTencentReply): void {
    this.#planned.push(reply)
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
    if (course.fault) fail(course.fault, request.socket, response)
    else answer(response, course.reply)
    this.#tell(received, course)
  }

  #courseOf(received: TencentRequest): Course {
    const code = this.#gateway.refuse(received)
    if (code !== undefined) {
      this.refused.push(code)
      return { reply: refusedCall(code), isKept: false }
    }
    this.calls.push(received.headers['x-tc-action'] ?? '')
    const simulation = this.#simulationOf(received)
    const refusal = refusalIn(simulation)
    const planned = this.#planned.shift() ?? (refusal === undefined ? undefined : plannedFor(refusal))
    const performed = this.#perform(received)
    if (planned) {
      const reply = 'body' in planned ? planned : this.#perform(received, planned).reply
      return { ...performed, reply, isKept: false }
    }
    const fault = faultIn(simulation) ?? this.#faults.shift()
    return { ...performed, isKept: isKeptIn(fault), ...(fault && { fault }) }
  }

  #simulationOf(received: TencentRequest): Simulation | undefined {
    return isSending(received) ? this.#watch.simulate?.(recipientsOf(received)) : undefined
  }

  #tell(received: TencentRequest, course: Course): void {
    if (!isSending(received)) return
    const refusal = codeOf(course.reply)
    this.#watch.exchanged?.(exchangeOf(received, { ...course, refusal, recipients: recipientsOf(received) }))
  }

  #perform({ headers, body }: TencentRequest, planned?: { code: string; message: string }) {
    const refused = (code: string) => ({ reply: refusedCall(code), messages: [] })
    if (headers['x-tc-version'] !== '2021-01-11') return refused('NoSuchVersion')
    const fields = parseJson(body)
    if (fields === undefined) return refused('InvalidParameter')
    const action = headers['x-tc-action']
    if (action === 'SendSms') return this.#registry.sendSms(fields, planned)
    if (action !== 'SendStatusStatistics') return refused('InvalidAction')
    return planned ? refused(planned.code) : { reply: this.#registry.statistics(fields), messages: [] }
  }
}

function fail({ fault, happened }: PlannedFault, socket: Socket, response: ServerResponse): void {
  if (fault.startsWith('reset') || fault === 'unreachable') socket.resetAndDestroy()
  else if (fault === 'garbage') answer(response, { status: 200, body: '<html>Welcome to the hotel</html>' })
  happened()
}

function answer(response: ServerResponse, { status, body }: FakeTencentReply): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body)
}

function plannedFor(code: string, message = textOf(code)): Planned {
  return isOfTheCall(code) ? refusedCall(code, message) : { code, message }
}

const isSending = ({ headers }: TencentRequest) => headers['x-tc-action'] === 'SendSms'

function recipientsOf({ body }: TencentRequest): readonly string[] {
  const { PhoneNumberSet } = Object(parseJson(body)) as { PhoneNumberSet?: unknown }
  return Array.isArray(PhoneNumberSet) ? PhoneNumberSet.map(String) : []
}

/** The first code of a reply that is no acceptance, of the call or of one of its numbers. */
function codeOf({ body }: FakeTencentReply): string | undefined {
  return [...body.matchAll(/"Code":"([^"]+)"/g)].map(([, code]) => code).find((code) => code !== 'Ok')
}

function keysOf({ secretId, secretKey, token }: FakeTencentOptions): FakeTencentKeys {
  return {
    secretId: secretId ?? DEFAULT_KEYS.secretId,
    secretKey: secretKey ?? DEFAULT_KEYS.secretKey,
    ...(token !== undefined && { token }),
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

async function readRequest(request: IncomingMessage): Promise<TencentRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', url: target = '/' } = request
  return { method, target, headers: headerTexts(request.headers), body: Buffer.concat(chunks) }
}
