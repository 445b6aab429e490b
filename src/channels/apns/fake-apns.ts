/** What a test holds: the fake's own view of what arrived, and the levers to make it misbehave. */
import { randomUUID } from 'node:crypto'
import { constants, type ServerHttp2Stream } from 'node:http2'
import {
  faultIn,
  refusalIn,
  remember,
  type FakeFault,
  type FakeWatch,
  type PlannedFault,
  type ProviderFake,
} from '../../core/fake.ts'
import type { ApnsConfigInput } from './config.ts'
import type { SelfSigned } from './fake-certificate.ts'
import type { FakeLine, LineFault } from './fake-line.ts'
import { tell } from './fake-watching.ts'
import { judgePath, judgePush, toFakePush, tokenOf, type FakePush } from './fake-rules.ts'
import { ALL_STREAMS, answer, type Answer, type Arrival, type FakeServer } from './fake-server.ts'
import { STATUS } from './fake-statuses.ts'
import type { FakeTokens, Refusal } from './fake-tokens.ts'

export interface RefuseOptions {
  /** @default the one Apple answers this reason with */
  readonly status?: number
  /** Of a 410: since when the device token is dead. */
  readonly since?: Date
  /** Instead of the JSON with the reason. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How many pushes. @default 1 */
  readonly times?: number
}

export interface GoAway {
  /** HTTP/2 error code. @default 0 */
  readonly code?: number
  /** How many of the pushes in flight it still answers, oldest first; the rest it drops. @default all */
  readonly answered?: number
  /** Apple's debug data, such as `{"reason":"Shutdown"}`. */
  readonly data?: string
}

/** APNs on 127.0.0.1. Started by `startFakeApns`. */
export class FakeApns implements ProviderFake<FakePush> {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly bundleId: string
  /** The certificate it is trusted by, as PEM. */
  readonly ca: string
  /** A token key that it knows. */
  readonly credentials: { type: 'token'; key: string; keyId: string; teamId: string }
  /** A client certificate that it knows. */
  readonly certificate: { type: 'certificate'; cert: string; key: string }
  readonly accepted: FakePush[] = []
  /** Pushes that arrived whole, whatever became of them. */
  received = 0
  readonly #state: FakeState
  readonly #refusals: Answer[] = []
  readonly #faults: PlannedFault[] = []
  readonly #held = new Set<Arrival>()
  readonly #dead = new Map<string, Date>()
  readonly #awaited = new Set<{ readonly count: number; readonly resolve: () => void }>()
  readonly #trusted = new WeakSet<object>()
  /** After a GOAWAY, the last stream that still counts. */
  readonly #lastIds = new WeakMap<object, number>()
  #isHolding = false
  #resets: number[] = []

  constructor(state: FakeState) {
    this.#state = state
    this.port = state.port
    this.bundleId = state.bundleId
    this.ca = state.tls.cert
    this.credentials = state.credentials
    this.certificate = { type: 'certificate', ...state.client }
    state.server.judgeBy({
      onStream: (stream) => this.#onStream(stream),
      onArrival: (arrival) => this.#onArrival(arrival),
    })
  }

  /** What a driver needs to talk to it. */
  get config(): ApnsConfigInput {
    const { host, port, ca, bundleId, credentials } = this
    return { auth: credentials, environment: 'sandbox', bundleId, host, port, ca }
  }

  /** Provider tokens seen, oldest first. */
  get jwts(): readonly string[] {
    return this.#state.tokens.seen
  }

  get connections(): number {
    return this.#state.line.open
  }

  /** Connections accepted so far. */
  get connectionsMade(): number {
    return this.#state.line.opened
  }

  /** Most streams that one connection had open at once. */
  get maxInFlight(): number {
    return this.#state.server.maxInFlight
  }

  /** Pings received. */
  get pings(): number {
    return this.#state.server.pings
  }

  /** Pushes that the client took back before they were answered. */
  get cancelled(): number {
    return this.#state.server.cancelled
  }

  /** Refuses the next push, or the next `times`, with a reason of APNs. */
  refuseNext(reason: string, options: RefuseOptions = {}): void {
    const { times = 1 } = options
    for (let time = 0; time < times; time += 1) this.#refusals.push(refusalOf(reason, options))
  }

  /** From now on the device token is dead: 410 with this time. */
  unregister(token: string, since: Date): void {
    this.#dead.set(token, since)
  }

  /** Calls every provider token seen so far expired. */
  expireTokens(): void {
    this.#state.tokens.expireAll()
  }

  /** Answers nothing until {@link release}. */
  hold(): void {
    this.#isHolding = true
  }

  /** Answers what was held, and answers at once from now on. */
  release(): void {
    this.#isHolding = false
    const arrivals = [...this.#held]
    this.#held.clear()
    for (const arrival of arrivals) this.#settle(arrival)
  }

  /** Resolves when so many pushes have arrived since the start. */
  async arrived(count: number): Promise<void> {
    if (this.received >= count) return
    await new Promise<void>((resolve) => this.#awaited.add({ count, resolve }))
  }

  /** Sends GOAWAY on every connection; call {@link hold} first to have pushes in flight. */
  goAway({ code = 0, answered = Infinity, data = '' }: GoAway = {}): void {
    for (const session of this.#state.server.sessions) {
      const last = this.#dropAfter(answered, session)
      this.#lastIds.set(session, last)
      session.goaway(code, last, Buffer.from(data))
    }
  }

  /** Resets the next streams with this HTTP/2 error code, before anything is kept; 7 is REFUSED_STREAM. */
  resetStreams(count: number, code: number = constants.NGHTTP2_REFUSED_STREAM): void {
    this.#resets.push(...Array.from({ length: count }, () => code))
  }

  /** Tells every connection how many streams it may have from now on. Resolves once they know. */
  allowStreams(count: number): Promise<void> {
    return this.#state.server.allow(count)
  }

  /** Breaks every line to it. */
  cut(fault: LineFault): void {
    this.#state.line.cut(fault)
  }

  failNext(fault: FakeFault): Promise<void> {
    if (fault === 'unreachable') return this.#state.line.refuseNext()
    return new Promise((happened) => this.#faults.push({ fault, happened }))
  }

  async close(): Promise<void> {
    await this.#state.line.close()
    await this.#state.server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Forgets all held pushes but the oldest of a connection. Returns the id of the last one kept, 0 for none. */
  #dropAfter(kept: number, session: Arrival['session']): number {
    const held = [...this.#held].filter((arrival) => arrival.session === session)
    held.sort((a, b) => idOf(a) - idOf(b))
    for (const arrival of held.slice(kept)) this.#held.delete(arrival)
    const last = held.slice(0, kept).at(-1)
    return last ? idOf(last) : Math.max(0, idOf(held[0]) - 2)
  }

  #onStream(stream: ServerHttp2Stream): void {
    const code = this.#resets.shift()
    if (code !== undefined) stream.close(code)
  }

  #onArrival(arrival: Arrival): void {
    if (idOf(arrival) > (this.#lastIds.get(arrival.session) ?? Infinity)) return
    this.received += 1
    this.#take(arrival)
    for (const waiting of this.#awaited) if (waiting.count <= this.received) waiting.resolve()
  }

  #take(arrival: Arrival): void {
    const simulation = this.#state.watch.simulate?.([tokenOf(arrival.headers)])
    const reason = refusalIn(simulation)
    if (reason !== undefined) return this.#settle(arrival, refusalOf(reason, { since: DEAD_SINCE }))
    const fault = faultIn(simulation) ?? this.#faults.shift()
    if (fault) this.#fail(arrival, fault)
    else if (this.#isHolding) this.#held.add(arrival)
    else this.#settle(arrival)
  }

  #fail(arrival: Arrival, { fault, happened }: PlannedFault): void {
    const isKept = fault === 'stall_accepted' || fault === 'reset_accepted'
    if (isKept) this.#accept(arrival)
    if (fault === 'garbage') this.cut('garbage')
    else if (!fault.startsWith('stall')) this.cut('reset')
    happened()
    tell(this.#state.watch, arrival, { isKept, fault })
  }

  #settle(arrival: Arrival, planned = this.#refusals.shift()): void {
    const { headers, stream, session } = arrival
    const apnsId = String(headers['apns-id'] ?? randomUUID())
    const refused = planned ?? this.#judge(arrival)
    if (refused) {
      const reply = { ...refused, headers: { ...refused.headers, 'apns-id': apnsId } }
      answer(stream, reply)
      return tell(this.#state.watch, arrival, { isKept: false, reply })
    }
    this.#accept(arrival)
    const reply = { status: 200, headers: { 'apns-id': apnsId, 'apns-unique-id': randomUUID() } }
    answer(stream, reply)
    tell(this.#state.watch, arrival, { isKept: true, reply })
    if (session.localSettings.maxConcurrentStreams === 1 && !this.#trusted.has(session)) {
      this.#trusted.add(session)
      session.settings({ maxConcurrentStreams: ALL_STREAMS })
    }
  }

  #accept({ headers, body }: Arrival): void {
    const push = toFakePush(headers, body, String(headers['apns-id'] ?? ''))
    remember(this.accepted, [push], this.#state.watch.maxAccepted)
  }

  #judge({ headers, body, fingerprint }: Arrival): Answer | undefined {
    const refusal =
      judgePath(headers) ??
      this.#judgeSender(headers, fingerprint) ??
      judgePush(headers, body, this.#state.servesAll ? undefined : this.bundleId)
    if (refusal) return { status: refusal.status, body: JSON.stringify({ reason: refusal.reason }) }
    const since = this.#dead.get(tokenOf(headers))
    if (!since) return undefined
    return { status: 410, body: JSON.stringify({ reason: 'Unregistered', timestamp: since.getTime() }) }
  }

  #judgeSender(headers: Arrival['headers'], fingerprint: string | undefined): Refusal | undefined {
    if (fingerprint === undefined) return this.#state.tokens.judge(headers.authorization)
    if (this.#state.fingerprints.has(fingerprint)) return undefined
    return { status: 403, reason: 'BadCertificate' }
  }
}

/** When every device token that is simulated as dead died: 2026-01-01. */
const DEAD_SINCE = new Date(1_767_225_600_000)

function refusalOf(reason: string, { since, headers = {}, ...options }: RefuseOptions): Answer {
  const status = options.status ?? STATUS[reason] ?? 400
  const timestamp = status === 410 ? since?.getTime() : undefined
  return { status, headers, body: options.body ?? JSON.stringify({ reason, timestamp }) }
}

const idOf = (arrival: Arrival | undefined) => arrival?.stream.id ?? 0

/** The parts it is made of. */
export interface FakeState {
  readonly port: number
  readonly bundleId: string
  /** Whether every app's topics may be pushed to. */
  readonly servesAll: boolean
  readonly watch: FakeWatch<FakePush>
  readonly tls: SelfSigned
  readonly client: SelfSigned
  readonly credentials: FakeApns['credentials']
  readonly fingerprints: ReadonlySet<string>
  readonly tokens: FakeTokens
  readonly server: FakeServer
  readonly line: FakeLine
}
