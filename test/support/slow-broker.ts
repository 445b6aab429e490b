/** A broker somewhere else, as a hub sees it: every answer takes its time, and a publication on its way may be lost. */
import { nextTurn } from '../../src/core/clock.ts'
import type {
  Acknowledgement,
  BrokerEvents,
  HistoryQuery,
  PresentClient,
  Publication,
  PublishOptions,
  PushBroker,
} from '../../src/core/push-broker.ts'

/** What the way is like, step by step; begins again at its end. */
export interface Weather {
  /** Turns of the event loop that something takes. */
  delay(): number
  /** Whether the next publication gets lost on its way to the node. */
  isLost(): boolean
}

export class SlowBroker implements PushBroker {
  readonly #store: PushBroker
  readonly #weather: Weather
  /** Keeps publications in order, however long each takes. */
  #way: Promise<void> = Promise.resolve()

  constructor(store: PushBroker, weather: Weather) {
    this.#store = store
    this.#weather = weather
  }

  /** Resolves when nothing is on its way any more. */
  async arrived(): Promise<void> {
    for (let way; way !== this.#way;) {
      way = this.#way
      await way
    }
  }

  start(node: string, events: BrokerEvents): Promise<void> {
    const carry = (publication: Publication): number => {
      const isLost = this.#weather.isLost()
      this.#way = this.#way
        .then(() => this.#take())
        .then(() => {
          if (!isLost) events.publication(publication)
        })
      // It has reached nobody yet.
      return 0
    }
    return this.#slowly(() => this.#store.start(node, { ...events, publication: carry }))
  }

  /** What is said first is kept first: one line carries all that a process says. */
  async publish(channel: string, data: string, options?: PublishOptions) {
    const { position, nodes, isDuplicate } = await this.#store.publish(channel, data, options)
    await this.#take()
    return { position, nodes, isDuplicate }
  }

  subscribe(channels: readonly string[]) {
    return this.#slowly(() => this.#store.subscribe(channels))
  }

  unsubscribe(channels: readonly string[]) {
    return this.#slowly(() => this.#store.unsubscribe(channels))
  }

  history(channel: string, query: HistoryQuery) {
    return this.#slowly(() => this.#store.history(channel, query))
  }

  acknowledge(acknowledgement: Acknowledgement, ttlMs: number) {
    return this.#slowly(() => this.#store.acknowledge(acknowledgement, ttlMs))
  }

  cursor(channel: string, device?: string) {
    return this.#slowly(() => this.#store.cursor(channel, device))
  }

  watch(channel: string) {
    return this.#slowly(() => this.#store.watch(channel))
  }

  unwatch(channel: string) {
    return this.#slowly(() => this.#store.unwatch(channel))
  }

  enter(channel: string, clients: readonly PresentClient[], ttlMs: number) {
    return this.#slowly(() => this.#store.enter(channel, clients, ttlMs))
  }

  leave(channel: string, client: string) {
    return this.#slowly(() => this.#store.leave(channel, client))
  }

  present(channel: string) {
    return this.#slowly(() => this.#store.present(channel))
  }

  presence(channel: string) {
    return this.#slowly(() => this.#store.presence(channel))
  }

  control(message: string, node?: string) {
    return this.#slowly(() => this.#store.control(message, node))
  }

  keep(id: string, text: string, ttlMs: number) {
    return this.#slowly(() => this.#store.keep(id, text, ttlMs))
  }

  read(id: string) {
    return this.#slowly(() => this.#store.read(id))
  }

  take(id: string) {
    return this.#slowly(() => this.#store.take(id))
  }

  close() {
    return this.#store.close()
  }

  async #slowly<T>(work: () => T | Promise<T>): Promise<T> {
    await this.#take()
    const answer = await work()
    await this.#take()
    return answer
  }

  async #take(): Promise<void> {
    for (let turns = this.#weather.delay(); turns > 0; turns--) await new Promise<void>(nextTurn)
  }
}
