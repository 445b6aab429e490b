/** Carries publications between nodes over Redis, and keeps them there for those who are away. */
import { randomBytes } from 'node:crypto'
import { NotifyError } from '../core/errors.ts'
import {
  ID_TTL_MS,
  type Acknowledgement,
  type BrokerEvents,
  type History,
  type HistoryQuery,
} from '../core/push-broker.ts'
import type {
  Position,
  PresenceStats,
  PresentClient,
  Published,
  PublishOptions,
  PushBroker,
} from '../core/push-broker.ts'
import { readBrokerOptions, type RedisStoreOptions, type StoreSettings } from './options.ts'
import { isPushCluster, type PushClient } from './push-client.ts'
import { ACKNOWLEDGE, CURSOR } from './push-cursor-scripts.ts'
import { PushLine } from './push-line.ts'
import { LIFE_MS } from './push-lua.ts'
import { PushNames } from './push-names.ts'
import * as presence from './push-presence-scripts.ts'
import { cursorOf, historyOf, nodesOf, presentOf, publishedOf, statsOf } from './push-replies.ts'
import { HISTORY, PUBLISH } from './push-stream-scripts.ts'
import { PushSubscriptions } from './push-subscriptions.ts'
import { acknowledgementOf, controlOf, headOf, publicationOf } from './push-wire.ts'
import { seal, unseal } from './sealed.ts'
import { wholeMs } from './stored.ts'

/** Clients that enter in one call to Redis, which does nothing else meanwhile. */
const ENTER_BATCH = 500

/**
 * A broker for the `broker` of a WebSocket driver: all processes with the same prefix reach each other's clients.
 * The client stays yours to close; a second connection, for subscriptions, is made from it.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function redisBroker(client: PushClient, options: RedisStoreOptions = {}): PushBroker {
  return new RedisBroker(readBrokerOptions(client, options))
}

class RedisBroker implements PushBroker {
  readonly #line: PushLine
  readonly #names: PushNames
  readonly #subscriptions: PushSubscriptions
  /** '1' or '0', as the scripts want it. */
  readonly #isCluster: string
  /** How often each channel is watched. */
  readonly #watched = new Map<string, number>()
  #events: BrokerEvents | undefined

  constructor(settings: StoreSettings<PushClient>) {
    const { client, prefix } = settings
    this.#line = new PushLine({ ...settings, prefix: '' })
    this.#names = new PushNames(prefix, client.options)
    this.#isCluster = isPushCluster(client) ? '1' : '0'
    this.#subscriptions = new PushSubscriptions(settings, {
      probe: async (key) => Number(await this.#line.ask(presence.PROBE, { key, args: [] })) === 1,
      resumed: () => this.#events?.resumed(),
      failed: (error) => this.#events?.failed(error),
    })
  }

  /** Where Redis cannot be reached, goes on trying. @throws {NotifyError} INVALID_CONFIG, where it was started before */
  async start(node: string, events: BrokerEvents): Promise<void> {
    if (this.#events)
      throw new NotifyError('INVALID_CONFIG', 'A Redis broker serves one WebSocket driver only')
    this.#events = events
    const hear = (text: string) => {
      const message = controlOf(text)
      if (message !== undefined) events.control(message)
      return message !== undefined
    }
    const names = [this.#names.control(node), this.#names.control()]
    try {
      await this.#subscriptions.hold(new Map(names.map((name) => [name, hear])))
    } catch (error) {
      events.failed(error)
    }
  }

  async publish(channel: string, data: string, options: PublishOptions = {}): Promise<Published> {
    const { history, id, kind = 'pub', meta } = options
    const keys = this.#names.keysOf(channel)
    const idKey = id === undefined ? keys.meta : this.#names.idKey(channel, id)
    const idMs = id === undefined ? '' : ID_TTL_MS
    const told = [this.#names.publications(channel), this.#isCluster, headOf(kind, meta), data, idMs]
    const args = history ? [...told, ...keptArgs(history, options)] : told
    const call = { key: keys.meta, more: [keys.log, keys.byKey, idKey], args }
    return publishedOf(await this.#line.askOnce(PUBLISH, call))
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    const hearers = channels.map((channel) => {
      const hear = (text: string) => this.#hear(publicationOf(channel, text), 'publication')
      return [this.#names.publications(channel), hear] as const
    })
    if (hearers.length > 0) await this.#subscriptions.add(new Map(hearers))
  }

  unsubscribe(channels: readonly string[]): Promise<void> {
    return this.#subscriptions.remove(channels.map((channel) => this.#names.publications(channel)))
  }

  async history(channel: string, query: HistoryQuery): Promise<History> {
    const { since, limit, reverse = false, rule } = query
    const { meta, log, byKey } = this.#names.keysOf(channel)
    const from = since ? [since.offset, since.epoch] : ['', '']
    const most = Math.min(limit, Number.MAX_SAFE_INTEGER)
    const args = [...from, most, reverse ? 1 : 0, wholeMs(rule.ttlMs), lifeOf(rule.ttlMs), newEpoch()]
    return historyOf(await this.#line.ask(HISTORY, { key: meta, more: [log, byKey], args }))
  }

  async acknowledge(
    { channel, device, position }: Acknowledgement,
    ttlMs: number,
  ): Promise<Position | undefined> {
    const told = [this.#names.acknowledgements(channel), this.#isCluster]
    const args = [position.epoch, position.offset, device, wholeMs(ttlMs), ...told]
    const reply = await this.#line.ask(ACKNOWLEDGE, { ...this.#cursorKeys(channel), args })
    return reply === null ? undefined : { offset: Number(reply), epoch: position.epoch }
  }

  async cursor(channel: string, device?: string): Promise<Position | undefined> {
    const args = [device === undefined ? '' : `d${device}`]
    return cursorOf(await this.#line.ask(CURSOR, { ...this.#cursorKeys(channel), args }))
  }

  async watch(channel: string): Promise<void> {
    const name = this.#names.acknowledgements(channel)
    const hear = (text: string) => this.#hear(acknowledgementOf(channel, text), 'acknowledged')
    this.#watched.set(channel, (this.#watched.get(channel) ?? 0) + 1)
    try {
      await this.#subscriptions.hold(new Map([[name, hear]]))
    } catch (error) {
      void this.unwatch(channel)
      throw error
    }
  }

  async unwatch(channel: string): Promise<void> {
    const times = (this.#watched.get(channel) ?? 0) - 1
    if (times > 0) this.#watched.set(channel, times)
    else if (this.#watched.delete(channel)) {
      await this.#subscriptions.remove([this.#names.acknowledgements(channel)])
    }
  }

  async enter(channel: string, clients: readonly PresentClient[], ttlMs: number): Promise<void> {
    for (let at = 0; at < clients.length; at += ENTER_BATCH) {
      const texts = clients.slice(at, at + ENTER_BATCH).flatMap(({ client, user }) => [client, user])
      await this.#line.ask(presence.ENTER, {
        ...this.#presenceKeys(channel),
        args: [wholeMs(ttlMs), ...texts],
      })
    }
  }

  async leave(channel: string, client: string): Promise<void> {
    await this.#line.ask(presence.LEAVE, { ...this.#presenceKeys(channel), args: [client] })
  }

  async present(channel: string): Promise<readonly PresentClient[]> {
    return presentOf(await this.#line.ask(presence.PRESENT, { ...this.#presenceKeys(channel), args: [] }))
  }

  async presence(channel: string): Promise<PresenceStats> {
    return statsOf(await this.#line.ask(presence.PRESENCE, { ...this.#presenceKeys(channel), args: [] }))
  }

  async control(message: string, node?: string): Promise<number | null> {
    const args = [this.#names.control(node), this.#isCluster, message]
    const call = { key: this.#names.controlKey(node), args }
    return nodesOf(String(await this.#line.askOnce(presence.CONTROL, call)))
  }

  async keep(id: string, text: string, ttlMs: number): Promise<void> {
    const args = [seal(text, id), wholeMs(ttlMs)]
    await this.#line.ask(presence.KEEP, { key: this.#names.textKey(id), args })
  }

  async read(id: string): Promise<string | undefined> {
    return textOf(await this.#line.ask(presence.READ, { key: this.#names.textKey(id), args: [] }), id)
  }

  async take(id: string): Promise<string | undefined> {
    return textOf(await this.#line.ask(presence.TAKE, { key: this.#names.textKey(id), args: [] }), id)
  }

  close(): void {
    this.#line.close()
    this.#subscriptions.close()
    this.#watched.clear()
  }

  #hear<Name extends 'publication' | 'acknowledged'>(
    what: Parameters<BrokerEvents[Name]>[0] | undefined,
    name: Name,
  ): boolean {
    if (what === undefined) return false
    const tell = this.#events?.[name] as ((told: typeof what) => void) | undefined
    tell?.call(this.#events, what)
    return true
  }

  #cursorKeys(channel: string) {
    const { meta, cursors, cursorEnds } = this.#names.keysOf(channel)
    return { key: meta, more: [cursors, cursorEnds] }
  }

  #presenceKeys(channel: string) {
    const { present, presentEnds, users } = this.#names.keysOf(channel)
    return { key: present, more: [presentEnds, users] }
  }
}

function keptArgs(
  { size, ttlMs }: { size: number; ttlMs: number },
  { key, ttlMs: own = Infinity }: PublishOptions,
) {
  const ownTtl = own < ttlMs ? wholeMs(Math.max(own, 0)) : ''
  const life = [lifeOf(ttlMs), newEpoch()]
  return [
    Math.min(size, Number.MAX_SAFE_INTEGER),
    wholeMs(ttlMs),
    ownTtl,
    ...life,
    key === undefined ? '' : `k${key}`,
  ]
}

function lifeOf(ttlMs: number): number {
  return Math.max(wholeMs(ttlMs), LIFE_MS)
}

function textOf(reply: unknown, id: string): string | undefined {
  return typeof reply === 'string' ? unseal(reply, id) : undefined
}

/** 48 random bits. */
function newEpoch(): string {
  return randomBytes(6).toString('base64url')
}
