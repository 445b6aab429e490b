/** The channels that somebody on this node is subscribed to, kept in step with the broker. */
import type { Position, Publication, PushBroker } from '../../core/push-broker.ts'
import type { ChannelRules } from './channel-rules.ts'
import { Channel, type FanOut, type Membership, type Subscriber } from './channel.ts'
import { heal, type Healing } from './healing.ts'
import { heed } from './heed.ts'
import type { Stats } from './stats.ts'
import type { Wheel, WheelTimer } from './wheel.ts'

/** How long the broker goes on sending a channel that nobody here is subscribed to, in milliseconds: many come back. */
const LINGER_MS = 1_000
/** How long to wait before the history is asked again after it failed, in milliseconds. */
const HEAL_AGAIN_MS = 1_000
/** Publications that a channel holds while its history is asked, or cannot be: what came before them is in the history. */
const MAX_BACKLOG = 1_000
/** How often channels are compared with the broker, which may lose a publication in silence, in milliseconds. */
const CHECK_MS = 40_000
/** Channels that are compared at a time. */
const CHECKS_AT_ONCE = 50

export interface ChannelsInit<Member extends Subscriber> {
  readonly broker: PushBroker
  readonly rules: ChannelRules
  readonly wheel: Wheel
  readonly stats: Stats
  /** Tells a subscriber that something it never got is lost, and where the channel is now. */
  readonly onGap: (membership: Membership<Member>, channel: Channel<Member>, position: Position) => void
  readonly report: (error: unknown) => void
}

export interface Released<Member extends Subscriber> {
  readonly channel: Channel<Member>
  readonly membership: Membership<Member>
  /** Where live publications begin; absent where the channel keeps nothing. */
  readonly position: Position | undefined
}

export class Channels<Member extends Subscriber = Subscriber> {
  readonly #init: ChannelsInit<Member>
  readonly #channels = new Map<string, Channel<Member>>()
  readonly #lingering = new Map<string, WheelTimer>()
  #check: WheelTimer | undefined
  #isRemote = false
  #isClosed = false

  constructor(init: ChannelsInit<Member>) {
    this.#init = init
  }

  /** Channels with at least one subscriber, or that had one a moment ago. */
  get size(): number {
    return this.#channels.size
  }

  get(name: string): Channel<Member> | undefined {
    return this.#channels.get(name)
  }

  all(): IterableIterator<Channel<Member>> {
    return this.#channels.values()
  }

  /**
   * Adds a subscriber, who is told nothing until released.
   * @returns the subscription at once; `channel.ready` says when the broker knows of it
   */
  enter(name: string, member: Member, by: 'server' | 'client'): Membership<Member> {
    const channel = this.#channels.get(name) ?? this.#begin(name)
    this.#lingering.get(name)?.cancel()
    this.#lingering.delete(name)
    return channel.enter(member, by)
  }

  leave(name: string, membership: Membership<Member>): void {
    const channel = this.#channels.get(name)
    channel?.leave(membership)
    if (channel?.size !== 0 || this.#lingering.has(name)) return
    if (this.#isRemote)
      this.#lingering.set(
        name,
        this.#init.wheel.after(LINGER_MS, () => this.#end(channel)),
      )
    else this.#end(channel)
  }

  /** Tells it everything from `position` on, in the turn that it is told of the subscription. */
  release({ channel, membership, position }: Released<Member>): void {
    const gap = channel.release(membership, position)
    if (gap) this.#init.onGap(membership, channel, gap)
  }

  /** @returns to how many connections of this node it was queued */
  receive(publication: Publication, fanOut?: FanOut): number {
    const channel = this.#channels.get(publication.channel)
    if (!channel) return 0
    const order = channel.orderOf(publication)
    if (order === 'next') return channel.deliver(publication, fanOut)
    if (order === 'gap') void this.#heal(channel, publication)
    else channel.remind(publication, fanOut)
    return 0
  }

  /** Looks for what was missed in every channel. */
  async checkAll(): Promise<void> {
    const channels = [...this.#channels.values()].filter(({ position }) => position !== undefined)
    const check = async () => {
      for (let next = channels.pop(); next; next = channels.pop()) {
        if (!next.backlog) await this.#heal(next)
      }
    }
    await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, check))
  }

  close(): void {
    this.#isClosed = true
    this.#check?.cancel()
    for (const timer of this.#lingering.values()) timer.cancel()
    this.#lingering.clear()
  }

  #begin(name: string): Channel<Member> {
    const channel = new Channel<Member>(name, this.#init.rules.of(name))
    this.#channels.set(name, channel)
    const subscribed = this.#subscribe(channel)
    if (!(subscribed instanceof Promise)) return channel
    this.#watch()
    channel.ready = subscribed.then(() => {
      channel.ready = undefined
    })
    // Whoever waits for it is told; the next subscriber tries again.
    channel.ready.catch(() => this.#forget(channel))
    return channel
  }

  #subscribe(channel: Channel<Member>): void | Promise<void> {
    try {
      return this.#init.broker.subscribe([channel.name])
    } catch (cause) {
      this.#forget(channel)
      throw cause
    }
  }

  #end(channel: Channel<Member>): void {
    this.#lingering.delete(channel.name)
    this.#forget(channel)
    heed(() => this.#init.broker.unsubscribe([channel.name]), this.#init.report)
  }

  #forget(channel: Channel<Member>): void {
    if (this.#channels.get(channel.name) === channel) this.#channels.delete(channel.name)
  }

  /** A broker elsewhere may lose something without a word. */
  #watch(): void {
    this.#isRemote = true
    this.#check ??= this.#init.wheel.after(CHECK_MS, () => {
      this.#check = undefined
      if (this.#channels.size === 0 || this.#isClosed) return
      this.#watch()
      this.checkAll().catch(this.#init.report)
    })
  }

  /** Once per node, however many subscribers the channel has. */
  async #heal(channel: Channel<Member>, publication?: Publication): Promise<void> {
    if (channel.backlog) return void (publication && hold(channel.backlog, publication))
    channel.backlog = publication ? [publication] : []
    const healing: Healing = {
      broker: this.#init.broker,
      onGap: (position) => this.#tellGap(channel, position),
    }
    try {
      const isHealed = await heal(channel, healing)
      if (isHealed) this.#init.stats.heals++
    } catch (cause) {
      this.#init.report(cause)
      this.#init.wheel.after(HEAL_AGAIN_MS, () => this.#healAgain(channel))
    }
  }

  #healAgain(channel: Channel<Member>): void {
    const waiting = channel.backlog ?? []
    channel.backlog = undefined
    if (this.#isClosed || this.#channels.get(channel.name) !== channel) return
    if (waiting.length === 0) void this.#heal(channel)
    for (const publication of waiting) void this.#heal(channel, publication)
  }

  #tellGap(channel: Channel<Member>, position: Position): void {
    for (const membership of channel.lose(position)) this.#init.onGap(membership, channel, position)
  }
}

function hold(backlog: Publication[], publication: Publication): void {
  if (backlog.push(publication) > MAX_BACKLOG) backlog.shift()
}
