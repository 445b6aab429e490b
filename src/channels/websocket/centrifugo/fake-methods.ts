/**
 * The methods of the API as the fake answers them.
 * Source: https://github.com/centrifugal/centrifugo/blob/master/internal/api/api.go (read 2026-11-26).
 */
import { CLOSE } from '../close-codes.ts'
import type { FakeBroker, FakeNamespace } from './fake-broker.ts'
import { isChannel, type FakeMethod, type FakeRequest } from './fake-requests.ts'

export interface FakeError {
  readonly code: number
  readonly message: string
}

export type FakeOutcome = { readonly result: object } | { readonly error: FakeError }

/** A connection that was ended through the API. */
export interface FakeDisconnection {
  readonly user: string
  readonly code: number
  readonly reason: string
}

const UNKNOWN_CHANNEL = { code: 102, message: 'unknown channel' }
const BAD_REQUEST = { code: 107, message: 'bad request' }
const NOT_AVAILABLE = { code: 108, message: 'not available' }

/** The server's own texts. */
export const FAKE_MESSAGES: Readonly<Record<number, string>> = {
  100: 'internal server error',
  101: 'unauthorized',
  102: UNKNOWN_CHANNEL.message,
  103: 'permission denied',
  104: 'not found',
  107: BAD_REQUEST.message,
  108: NOT_AVAILABLE.message,
  111: 'too many requests',
}

export interface FakeMethodsInit {
  readonly broker: FakeBroker
  readonly withoutNamespace: FakeNamespace
  readonly namespaces: Readonly<Record<string, FakeNamespace>>
  /** Namespaces that are not named have the options of those without one. */
  readonly knowsAll: boolean
}

type Handlers = { readonly [Method in FakeMethod]: (request: FakeRequest<Method>) => FakeOutcome }

export class FakeMethods {
  readonly disconnected: FakeDisconnection[] = []
  readonly #init: FakeMethodsInit
  readonly #handlers: Handlers = {
    publish: (request) => this.#publish(request.channel, request),
    broadcast: (request) => this.#broadcast(request),
    presence: ({ channel }) => this.#presence(channel),
    presence_stats: ({ channel }) => this.#presenceStats(channel),
    history: (request) => this.#history(request),
    disconnect: (request) => this.#disconnect(request),
    info: () => this.#info(),
  }

  constructor(init: FakeMethodsInit) {
    this.#init = init
  }

  perform<Method extends FakeMethod>(method: Method, request: FakeRequest<Method>): FakeOutcome {
    return this.#handlers[method](request)
  }

  /** The namespace's options; undefined where the server has none of that name. */
  #optionsOf(channel: string): FakeNamespace | undefined {
    const { withoutNamespace, namespaces, knowsAll } = this.#init
    const [name, rest] = channel.replace(/^\$/, '').split(/:(.*)/s)
    if (rest === undefined) return withoutNamespace
    if (name !== undefined && Object.hasOwn(namespaces, name)) return namespaces[name]
    return knowsAll ? withoutNamespace : undefined
  }

  /** Whatever the method, the channel is looked up first. */
  #in(channel: string, act: (options: FakeNamespace) => FakeOutcome): FakeOutcome {
    if (!isChannel(channel)) return { error: BAD_REQUEST }
    const options = this.#optionsOf(channel)
    return options ? act(options) : { error: UNKNOWN_CHANNEL }
  }

  #publish(channel: string, request: Omit<FakeRequest<'publish'>, 'channel'>): FakeOutcome {
    return this.#in(channel, (options) => {
      const { data, b64data, tags, skip_history: isSkipped, idempotency_key: idempotencyKey } = request
      if (data === undefined && !b64data) return { error: BAD_REQUEST }
      const content = b64data ? Buffer.from(b64data, 'base64') : data
      const publish = { data: content, tags, isKept: !isSkipped, idempotencyKey }
      // The server leaves out what is zero.
      return { result: { ...this.#init.broker.publish(channel, publish, options) } }
    })
  }

  #broadcast({ channels, ...request }: FakeRequest<'broadcast'>): FakeOutcome {
    if (channels.length === 0) return { error: BAD_REQUEST }
    return { result: { responses: channels.map((channel) => this.#publish(channel, request)) } }
  }

  #presence(channel: string): FakeOutcome {
    return this.#in(channel, ({ presence }) => {
      if (!presence) return { error: NOT_AVAILABLE }
      const clients = this.#init.broker.present(channel)
      return { result: { presence: Object.fromEntries(clients.map((entry) => [entry.client, entry])) } }
    })
  }

  #presenceStats(channel: string): FakeOutcome {
    return this.#in(channel, ({ presence }) => {
      if (!presence) return { error: NOT_AVAILABLE }
      const clients = this.#init.broker.present(channel)
      const users = new Set(clients.map(({ user }) => user)).size
      return { result: { num_clients: clients.length, num_users: users } }
    })
  }

  #history({ channel, limit, since, reverse }: FakeRequest<'history'>): FakeOutcome {
    return this.#in(channel, ({ historySize = 0, historyTtlMs = 0 }) => {
      if (historySize <= 0 || historyTtlMs <= 0) return { error: NOT_AVAILABLE }
      const { broker } = this.#init
      const isAfter = (offset = 0) =>
        since === undefined || (reverse ? offset < since.offset : offset > since.offset)
      const all = broker.history(channel).filter(({ position }) => isAfter(position?.offset))
      const ordered = reverse ? [...all].reverse() : all
      const publications = (limit < 0 ? ordered : ordered.slice(0, limit)).map(
        ({ data, tags, position }) => ({
          data,
          ...(tags && { tags }),
          offset: position?.offset,
        }),
      )
      return { result: { publications, ...broker.position(channel) } }
    })
  }

  #disconnect({ user, disconnect = CLOSE.forceDisconnect }: FakeRequest<'disconnect'>): FakeOutcome {
    this.disconnected.push({ user, ...disconnect })
    this.#init.broker.disconnect(user)
    return { result: {} }
  }

  #info(): FakeOutcome {
    const { clients, users, channels } = this.#init.broker.counts
    const counts = { num_clients: clients, num_users: users, num_channels: channels }
    return { result: { nodes: [{ uid: 'fake', name: 'fake', version: '6.9.1', uptime: 0, ...counts }] } }
  }
}
