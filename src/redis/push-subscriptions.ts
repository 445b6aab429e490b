/** What one node has subscribed to, and who hears what comes. */
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'
import { unavailable } from './line.ts'
import type { StoreSettings } from './options.ts'
import { isPushCluster, SUBSCRIBER_OPTIONS, type PushClient } from './push-client.ts'
import { PushClusterLinks, type ClusterEvents } from './push-cluster.ts'
import { PushLink } from './push-link.ts'

/** @returns false where the text is none of ours */
export type Hear = (text: string) => boolean

export interface SubscriptionEvents {
  probe: ClusterEvents['probe']
  resumed(): void
  failed(error: unknown): void
}

export class PushSubscriptions {
  readonly #settings: StoreSettings<PushClient>
  readonly #events: SubscriptionEvents
  readonly #links: PushLink | PushClusterLinks
  readonly #hearers = new Map<string, Hear>()
  /** Added, and not known to have succeeded yet. */
  readonly #unsure = new Set<string>()
  #isClosed = false

  constructor(settings: StoreSettings<PushClient>, events: SubscriptionEvents) {
    this.#settings = settings
    this.#events = events
    this.#links = this.#connect()
  }

  /** @throws {NotifyError} UNAVAILABLE, in time; then nothing of it is subscribed that was not before */
  async add(hearers: ReadonlyMap<string, Hear>): Promise<void> {
    const names = [...hearers.keys()]
    const added = names.filter((name) => !this.#hearers.has(name) || this.#unsure.has(name))
    for (const name of added) this.#unsure.add(name)
    try {
      await this.#hold(hearers)
      for (const name of names) this.#unsure.delete(name)
    } catch (error) {
      // One that was given up and added again meanwhile is no longer this call's.
      const isOurs = (name: string) => this.#unsure.has(name) && this.#hearers.get(name) === hearers.get(name)
      void this.remove(added.filter(isOurs))
      throw error
    }
  }

  /** Like {@link add}, but goes on trying where it throws. */
  async hold(hearers: ReadonlyMap<string, Hear>): Promise<void> {
    for (const name of hearers.keys()) this.#unsure.delete(name)
    await this.#hold(hearers)
  }

  async #hold(hearers: ReadonlyMap<string, Hear>): Promise<void> {
    if (this.#isClosed) throw new NotifyError('CLOSED', 'The push broker is closed')
    for (const [name, hear] of hearers) this.#hearers.set(name, hear)
    await this.#inTime(this.#links.want([...hearers.keys()]))
  }

  /** Nobody hears of them any more at once; resolves when Redis sends them no more, or has had time enough to say so. */
  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#hearers.delete(name)
      this.#unsure.delete(name)
    }
    await this.#inTime(this.#links.unwant(names)).catch(() => undefined)
  }

  close(): void {
    this.#isClosed = true
    this.#hearers.clear()
    this.#unsure.clear()
    this.#links.close()
  }

  #connect(): PushLink | PushClusterLinks {
    const { client, ...settings } = this.#settings
    const events = {
      probe: this.#events.probe,
      message: (name: string, text: string) => this.#hear(name, text),
      resumed: () => this.#events.resumed(),
      lost: () => this.#events.failed(unavailable('The connection for subscriptions was lost')),
      refused: (error: unknown) => this.#events.failed(error),
    }
    if (isPushCluster(client)) return new PushClusterLinks({ ...settings, client }, events)
    const open = () => client.duplicate(SUBSCRIBER_OPTIONS)
    return new PushLink({ ...settings, isSharded: false, open }, events)
  }

  /** `ioredis` would let what is thrown here end the process. */
  #hear(name: string, text: string): void {
    try {
      const isOurs = this.#hearers.get(name)?.(text) ?? true
      if (!isOurs) this.#events.failed(new NotifyError('DRIVER_FAILED', 'Redis told of what cannot be read'))
    } catch (thrown) {
      this.#events.failed(
        new NotifyError('DRIVER_FAILED', 'A message could not be handled', { cause: bareError(thrown) }),
      )
    }
  }

  #inTime(work: Promise<void>): Promise<void> {
    const { clock, timeoutMs } = this.#settings
    return new Promise((resolve, reject) => {
      const late = () => reject(unavailable(`Redis did not subscribe within ${timeoutMs} ms`))
      const timer = clock.setTimeout(late, timeoutMs)
      work.then(resolve, reject).finally(() => timer.cancel())
    })
  }
}
