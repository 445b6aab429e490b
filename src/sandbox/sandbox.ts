/** The sandbox: every provider's protocol on 127.0.0.1, and an inbox that shows what they were sent. */
import { systemClock, type Clock } from '../core/clock.ts'
import { NotifyError } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'
import type { ArmedFault, Connections, FaultRequest, WaitQuery } from './api.ts'
import type { CapturedMessage } from './captured.ts'
import { connectionsOf, type Endpoints } from './connections.ts'
import { FaultBook } from './fault-book.ts'
import { Inbox } from './inbox.ts'
import { startProviders, type Providers } from './providers.ts'
import { Recorder } from './recorder.ts'
import { routesOf } from './routes.ts'
import { InboxServer } from './server.ts'
import { waitFor } from './wait.ts'

export interface SandboxOptions {
  /** Of the page; the providers have the seven after it. @default 0: random ones */
  readonly port?: number
  /** What the page listens on; the providers stay on 127.0.0.1. Whoever can reach it can read every message. @default '127.0.0.1' */
  readonly host?: string
  /** Names besides loopback's and `host` by which the page may be called, such as `inbox.staging.example`. */
  readonly hostNames?: readonly string[]
  /** Messages that are kept; older ones make room. @default 10_000 */
  readonly maxMessages?: number
  /** Bytes of memory for them. @default 268_435_456 (256 MiB) */
  readonly maxBytes?: number
  /** Texts of SMS templates by code, such as `{ SMS_154950909: '您的验证码为：${code}' }`. Those not told are shown by their values. */
  readonly smsTemplates?: Readonly<Record<string, string>>
  readonly clock?: Clock
}

export interface Sandbox extends AsyncDisposable {
  /** Of the page and of its API. */
  readonly url: string
  /** How to point an application at it. */
  readonly connections: Connections
  /** The first message that matches, as soon as there is one. @throws {NotifyError} TIMED_OUT */
  waitFor(query?: WaitQuery): Promise<CapturedMessage>
  /** Makes the next message of a provider end in this way. @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  injectFault(request: FaultRequest): ArmedFault
  close(): Promise<void>
}

/**
 * Starts it. Needs nothing installed beside the package.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option, or where a port is taken
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const issues = issuesOf(options)
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  return start(options)
}

/** Where `npx notiwire dev` and `createNotify({ sandbox: true })` find each other. */
export const DEV_PORT = 4747
const KNOCK_MS = 1_000

/** The one that runs on this machine; where there is none, a new one. Only a new one is closed by whoever asked. */
export async function findOrStart(): Promise<
  Pick<Sandbox, 'url'> & { readonly close?: () => Promise<void> }
> {
  const url = `http://127.0.0.1:${DEV_PORT}`
  if (await isSandbox(url)) return { url }
  try {
    return await createSandbox({ port: DEV_PORT })
  } catch (cause) {
    // Two processes may start at once: the other one has it.
    if (await isSandbox(url)) return { url }
    throw cause
  }
}

async function isSandbox(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/connections`, { signal: AbortSignal.timeout(KNOCK_MS) })
    const answer = (await response.json()) as Partial<Connections> | null
    return Array.isArray(answer?.providers)
  } catch {
    return false
  }
}

async function start(options: SandboxOptions): Promise<Sandbox> {
  const {
    clock = systemClock,
    port = 0,
    host = '127.0.0.1',
    hostNames = [],
    smsTemplates: templates = {},
  } = options
  const { maxMessages = 10_000, maxBytes = 268_435_456 } = options
  const inbox = new Inbox({ clock, maxMessages, maxBytes })
  const faults = new FaultBook((armed) => inbox.faults(armed))
  const recorder = new Recorder({ clock, inbox, faults, templates })
  const providers = await startProviders({ clock, port, recorder, templates })
  const endpoints = (): Endpoints => ({ ...providers.endpoints, inbox: server.url })
  const issueToken = (user: string) => providers.hub.issueToken(user)
  const settled = () => recorder.settled()
  const routes = routesOf({
    ...{ clock, inbox, faults, endpoints, issueToken, settled },
    captureLocal: (push) => recorder.captureLocal(push),
  })
  const server = new InboxServer({ host, port, hostNames, routes })
  await listen(server, providers)
  const close = () => closeAll(server, providers)
  return {
    url: server.url,
    connections: { inbox: server.url, providers: connectionsOf(endpoints()) },
    waitFor: (query = {}) => found(inbox, query, clock),
    injectFault: (request) => faults.arm(request),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: InboxServer, providers: Providers): Promise<void> {
  try {
    await server.listen()
  } catch (cause) {
    await providers.close()
    throw cause
  }
}

async function closeAll(server: InboxServer, providers: Providers): Promise<void> {
  await server.close()
  await providers.close()
}

async function found(inbox: Inbox, query: WaitQuery, clock: Clock): Promise<CapturedMessage> {
  const { timeoutMs } = query
  const message = await waitFor(inbox, query, { clock, timeoutMs, gone: () => undefined })
  if (message) return message
  throw new NotifyError('TIMED_OUT', 'No such message arrived in time')
}

function issuesOf(options: SandboxOptions) {
  const { port = 0, maxMessages = 1, maxBytes = 1, smsTemplates = {}, host = '', hostNames = [] } = options
  const isWhole = (value: unknown, least: number) => Number.isInteger(value) && (value as number) >= least
  const isText = (value: unknown) => typeof value === 'string'
  const wrong: (readonly [path: string, isRight: boolean, expected: string])[] = [
    ['port', isWhole(port, 0) && port <= 65_528, 'expected a whole number from 0 to 65528'],
    ['host', isText(host), 'expected an address or a host name'],
    ['hostNames', Array.isArray(hostNames) && hostNames.every(isText), 'expected a list of host names'],
    ['maxMessages', isWhole(maxMessages, 1), 'expected a whole number of 1 or more'],
    ['maxBytes', isWhole(maxBytes, 1), 'expected a whole number of 1 or more'],
    ['smsTemplates', Object.values(smsTemplates).every(isText), 'expected texts by template code'],
  ]
  return wrong.filter(([, isRight]) => !isRight).map(([path, , message]) => ({ path, message }))
}
