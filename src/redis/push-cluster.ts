/** Subscriptions in a cluster: with sharded pub/sub at the master that has a channel's slot, otherwise anywhere. */
import type { Timer } from '../core/clock.ts'
import { unavailable } from './line.ts'
import type { StoreSettings } from './options.ts'
import { SUBSCRIBER_OPTIONS, type PushCluster, type PushConnection } from './push-client.ts'
import { PushLink, type LinkEvents } from './push-link.ts'
import { slotOf } from './push-names.ts'

/** Before it is looked again where channels are. */
const PAUSE_MS = 200
/** Stands for whichever server it is. */
const ANY = ''

export interface ClusterEvents extends LinkEvents {
  /** Asks the server that has the name's slot whether it has sharded pub/sub; so the client learns of moved slots too. */
  probe(name: string): Promise<boolean>
}

/**
 * `ioredis` has subscribers for clusters of its own, which move to another server and subscribe there again without a
 * word to anybody, and take no notice of what failed. So each server here has a connection of ours.
 */
export class PushClusterLinks {
  readonly #settings: StoreSettings<PushCluster>
  readonly #events: ClusterEvents
  /** By server. */
  readonly #links = new Map<string, PushLink>()
  /** By name the server it is subscribed at; none where that is still to be found. */
  readonly #places = new Map<string, string | undefined>()
  #isSharded: boolean | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(settings: StoreSettings<PushCluster>, events: ClusterEvents) {
    this.#settings = settings
    this.#events = events
  }

  async want(names: readonly string[]): Promise<void> {
    for (const name of names) this.#places.set(name, this.#places.get(name))
    try {
      if (names[0] !== undefined) this.#isSharded ??= await this.#events.probe(names[0])
      await this.#place(names).catch(() => this.#findAndPlace(names))
    } catch (error) {
      this.#placeAgain()
      throw error
    }
  }

  /** The client did not know that slots had moved: it learns where it is told so. */
  async #findAndPlace(names: readonly string[]): Promise<void> {
    await this.#probeEach(names)
    await this.#place(names)
  }

  async unwant(names: readonly string[]): Promise<void> {
    const leaving = names.flatMap((name) => {
      const place = this.#places.get(name)
      this.#places.delete(name)
      const link = place === undefined ? undefined : this.#links.get(place)
      return link ? [link.unwant([name])] : []
    })
    await Promise.all(leaving)
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
    this.#places.clear()
  }

  /** Moves each to where it belongs. */
  async #place(names: readonly string[]): Promise<void> {
    const byServer = new Map<string, string[]>()
    for (const name of names) {
      if (!this.#places.has(name)) continue
      const [is, ought] = [this.#places.get(name), this.#placeOf(name)]
      if (is !== undefined && is !== ought) void this.#links.get(is)?.unwant([name])
      this.#places.set(name, ought)
      byServer.set(ought, [...(byServer.get(ought) ?? []), name])
    }
    await Promise.all([...byServer].map(([server, wanted]) => this.#linkTo(server).want(wanted)))
  }

  #placeOf(name: string): string {
    if (!this.#isSharded) return ANY
    const server = this.#settings.client.slots[slotOf(name)]?.[0]
    if (server === undefined) throw unavailable('No server of the cluster is known to have the slot')
    return server
  }

  #linkTo(server: string): PushLink {
    const { clock, timeoutMs } = this.#settings
    const known = this.#links.get(server)
    if (known) return known
    const again = () => this.#placeAgain()
    const events: LinkEvents = {
      message: (name, text) => this.#events.message(name, text),
      resumed: () => this.#events.resumed(),
      lost: () => {
        again()
        this.#events.lost()
      },
      refused: (_, names) => {
        void this.#links.get(server)?.unwant(names)
        for (const name of names) if (this.#places.get(name) === server) this.#places.set(name, undefined)
        again()
      },
    }
    const settings = { clock, timeoutMs, isSharded: this.#isSharded ?? false, open: () => this.#open(server) }
    const link = new PushLink(settings, events)
    this.#links.set(server, link)
    return link
  }

  #open(server: string): PushConnection {
    const masters = this.#settings.client.nodes('master')
    const isIt = ({ options }: (typeof masters)[number]) => `${options.host}:${options.port}` === server
    const node = server === ANY ? masters[Math.floor(Math.random() * masters.length)] : masters.find(isIt)
    if (!node) {
      this.#placeAgain()
      throw unavailable('No such server of the cluster is known')
    }
    return node.duplicate(SUBSCRIBER_OPTIONS)
  }

  /** Soon, and until it succeeds. */
  #placeAgain(): void {
    if (this.#timer || this.#isClosed) return
    this.#timer = this.#settings.clock.setTimeout(() => void this.#placeAll(), PAUSE_MS)
    this.#timer.unref()
  }

  async #placeAll(): Promise<void> {
    const names = [...this.#places.keys()]
    try {
      await this.#probeEach(names)
      const isMoving = names.some((name) => this.#places.get(name) !== this.#placeOf(name))
      const placing = this.#place(names)
      this.#timer = undefined
      this.#closeIdle()
      await placing
      if (isMoving) this.#events.resumed()
    } catch {
      this.#timer = undefined
      this.#placeAgain()
    }
  }

  /** One name of each server that is thought to have some, and each of those that are nowhere. */
  async #probeEach(names: readonly string[]): Promise<void> {
    const probes = new Map(names.map((name) => [this.#places.get(name) ?? `nowhere ${name}`, name]))
    const found = await Promise.all([...probes.values()].map((name) => this.#events.probe(name)))
    if (found[0] !== undefined) this.#isSharded ??= found[0]
  }

  #closeIdle(): void {
    for (const [server, link] of this.#links) {
      if (!link.isIdle) continue
      link.close()
      this.#links.delete(server)
    }
  }
}
