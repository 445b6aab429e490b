/** The requests beside WebSockets: a ticket, the stream that it opens, and acknowledgements. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import { hasExpired } from '../auth.ts'
import { deviceOf } from '../commands/params.ts'
import { readReached } from '../commands/rpc.ts'
import type { Hub } from '../hub.ts'
import { ConnectionCounter, type ConnectRate } from '../limits.ts'
import { clientIp, isOriginAllowed } from '../origin.ts'
import { count } from '../stats.ts'
import { readBody, type HandledRequest } from './body.ts'
import { readWishes, urlOf } from './query.ts'
import { REFUSAL, Refused, refusalOf } from './refused.ts'
import { Streams } from './streams.ts'

/** As connect, Express and their like call what handles a request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void

export interface RoutesInit {
  readonly hub: Hub
  readonly counter: ConnectionCounter
  readonly rate: ConnectRate
  readonly isDraining: () => boolean
}

interface Exchange {
  readonly request: HandledRequest
  readonly response: ServerResponse
  readonly ip: string
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly serve: (exchange: Exchange) => Promise<void>
}

/** For how long a browser may remember what it is allowed. */
const PREFLIGHT_SECONDS = '600'
const EXPECTED_TICKET = 'bad request: expected { token, data? }, a string and any JSON'
const EXPECTED_ACK = 'bad request: expected { session, acks: [[channel, offset, epoch], ...] }'

const credentials = z.strictObject({ token: z.string().optional(), data: z.unknown().optional() })
const acknowledgement = z.strictObject({ session: z.string(), acks: z.unknown() })

export class Routes {
  readonly streams: Streams
  readonly #init: RoutesInit
  readonly #routes: ReadonlyMap<string, Route>
  /** Of requests that are being served and are no streams: those have their places among the connections. */
  readonly #brief: ConnectionCounter

  constructor(init: RoutesInit) {
    this.#init = init
    const { config } = init.hub
    this.streams = new Streams(init.hub, init.isDraining)
    this.#brief = new ConnectionCounter(config)
    const path = config.path.replace(/\/+$/, '')
    this.#routes = new Map<string, Route>([
      [`${path}/sse`, { method: 'GET', serve: (exchange) => this.#stream(exchange) }],
      [`${path}/ticket`, { method: 'POST', serve: (exchange) => this.#ticket(exchange) }],
      [`${path}/ack`, { method: 'POST', serve: (exchange) => this.#acknowledge(exchange) }],
    ])
  }

  readonly handle: RequestHandler = (request, response, next) => {
    const { config } = this.#init.hub
    const route = config.server ? this.#routes.get(urlOf(request).path) : undefined
    if (route) {
      const serve = () =>
        void this.#serve(route, { request, response, ip: clientIp(request, config.trustProxy) })
      // Of several that came at once on one connection each waits for its turn: before, it is not told of the end.
      return response.socket ? serve() : void response.once('socket', serve)
    }
    if (next) return next()
    response.writeHead(404).end()
  }

  async #serve(route: Route, exchange: Exchange): Promise<void> {
    const { request, response } = exchange
    // Whoever goes away in the middle is no fault of ours, and nobody's to hear of.
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    try {
      this.#allowOrigin(exchange)
      if (request.method === 'OPTIONS') return answerPreflight(response, route)
      const allow = { headers: { Allow: `${route.method}, OPTIONS` } }
      if (request.method !== route.method) throw new Refused(REFUSAL.wrongMethod, allow)
      await route.serve(exchange)
    } catch (cause) {
      this.#refuse(response, cause)
    }
  }

  #allowOrigin({ request, response }: Exchange): void {
    const { config } = this.#init.hub
    const { origin } = request.headers
    response.setHeader('Cache-Control', 'no-store')
    if (!isOriginAllowed(request, config)) throw new Refused(REFUSAL.foreignOrigin)
    if (origin === undefined || config.origins === undefined) return
    response.setHeader('Access-Control-Allow-Origin', config.origins === '*' ? '*' : origin)
    response.setHeader('Vary', 'Origin')
  }

  async #ticket(exchange: Exchange): Promise<void> {
    const { hub } = this.#init
    this.#takePlace(exchange)
    this.#checkRoom(exchange.ip)
    const { data: shown } = credentials.safeParse(await readBody(exchange.request, hub.clock))
    if (!shown) throw new Refused(REFUSAL.badRequest, { message: EXPECTED_TICKET })
    const { data } = shown
    const token = shown.token === '' ? undefined : shown.token
    const { headers } = exchange.request
    const identity = await hub.authenticate({ token, data, headers, ip: exchange.ip })
    if (!identity) throw new Refused(REFUSAL.invalidToken)
    if (hasExpired(identity, hub.clock.now())) throw new Refused(REFUSAL.tokenExpired)
    if ((identity.channels ?? []).length > hub.config.maxChannels) throw new Refused(REFUSAL.channelLimit)
    await hub.start()
    const ticket = await this.streams.tickets.issue({ ...identity, device: deviceOf(data) })
    answer(exchange.response, { ticket })
  }

  async #stream(exchange: Exchange): Promise<void> {
    const { hub, counter } = this.#init
    const { request, response, ip } = exchange
    this.#checkRoom(ip)
    const wishes = readWishes(request)
    if (response.destroyed || request.socket.destroyed) return
    const place = counter.take(ip)
    response.once('close', () => place.leave())
    await hub.start()
    await this.streams.open({ request, response, ip, place }, wishes)
  }

  async #acknowledge(exchange: Exchange): Promise<void> {
    const { hub } = this.#init
    this.#takePlace(exchange)
    const { data: told } = acknowledgement.safeParse(await readBody(exchange.request, hub.clock))
    const reached = told && readReached(told.acks)
    if (!reached) throw new Refused(REFUSAL.badRequest, { message: EXPECTED_ACK })
    await hub.start()
    const stream = await this.streams.sessions.find(told.session)
    if (!stream) throw new Refused(REFUSAL.unknownSession)
    await hub.acknowledge(stream, reached)
    answer(exchange.response, {})
  }

  /** Many requests at once are a way to fill memory too, with bodies that come slowly. */
  #takePlace({ request, response, ip }: Exchange): void {
    const broken = this.#brief.check(ip)
    if (broken) throw new Refused(broken === 'ip' ? REFUSAL.tooManyHere : REFUSAL.busy)
    if (response.destroyed || request.socket.destroyed) throw new Refused(REFUSAL.badRequest)
    const place = this.#brief.take(ip)
    response.once('close', () => place.leave())
  }

  /** As upgrades are checked: what is refused anyway takes nobody's turn. */
  #checkRoom(ip: string): void {
    const { counter, rate, isDraining } = this.#init
    if (isDraining()) throw new Refused(REFUSAL.shutdown)
    const broken = counter.check(ip)
    if (broken) throw new Refused(broken === 'ip' ? REFUSAL.tooManyHere : REFUSAL.busy)
    if (!rate.take()) throw new Refused(REFUSAL.busy)
  }

  #refuse(response: ServerResponse, cause: unknown): void {
    const { hub } = this.#init
    const { status, code, message, headers } = refusalOf(cause)
    count(hub.stats.refused, status)
    if (!(cause instanceof Refused) && code !== REFUSAL.shutdown.code) hub.report(cause)
    if (response.headersSent || response.destroyed) return void response.destroy()
    response.writeHead(status, { ...JSON_HEADERS, ...headers }).end(JSON.stringify({ code, message }))
  }
}

const JSON_HEADERS = { 'Content-Type': 'application/json' }

function answer(response: ServerResponse, result: object): void {
  response.writeHead(200, JSON_HEADERS).end(JSON.stringify(result))
}

/** Browsers ask before a page sends what a form could not. */
function answerPreflight(response: ServerResponse, { method }: Route): void {
  const headers = {
    'Access-Control-Allow-Methods': method,
    'Access-Control-Allow-Headers': 'Content-Type, Cache-Control, Last-Event-ID',
    'Access-Control-Max-Age': PREFLIGHT_SECONDS,
    Allow: `${method}, OPTIONS`,
  }
  response.writeHead(204, headers).end()
}
