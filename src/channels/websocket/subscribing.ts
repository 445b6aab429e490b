/** How a client comes into a channel: nothing said meanwhile is lost to it, told twice, or told out of order. */
import type { KeptPublication, Position, PushBroker } from '../../core/push-broker.ts'
import type { ChannelRule } from './channel-rules.ts'
import type { Channel, Membership, Subscriber } from './channel.ts'
import type { Channels, Released } from './channels.ts'
import { isPersonal } from './names.ts'
import { publicationsText } from './publication-frame.ts'
import { latest, recover, unacknowledged, type Recovery } from './recovery.ts'
import type { Stats } from './stats.ts'

export interface Wanted {
  readonly channel: string
  readonly by: 'server' | 'client'
  /** What the client has, where it asks for what came after. */
  readonly since?: Position | undefined
  /** Of the client, where it names one. */
  readonly device?: string | undefined
}

export interface SubscribingInit<Member extends Subscriber> {
  readonly broker: PushBroker
  readonly channels: Channels<Member>
  readonly stats: Stats
  /** Publications that a client is sent at most of what it missed. */
  readonly recoverLimit: number
  /** What a client without a position is sent of its own channel. */
  readonly replay: 'unacknowledged' | 'none'
  /** Whether what one device acknowledged is done with for all. */
  readonly acknowledgedBy: 'any' | 'each'
}

/** A subscription that is not told anything yet. */
export interface Entered<Member extends Subscriber> extends Released<Member> {
  /** The subscription as the client is told of it: JSON text. */
  readonly text: string
}

interface CaughtUp {
  readonly position?: Position
  /** Absent where the client asked for nothing of the past. */
  readonly isRecovered?: boolean
  readonly publications?: readonly KeptPublication[]
}

export class Subscribing<Member extends Subscriber> {
  readonly #init: SubscribingInit<Member>

  constructor(init: SubscribingInit<Member>) {
    this.#init = init
  }

  /**
   * Enters, and finds out what the client missed. To be released, by {@link Channels.release}, in the turn that the
   * text is written.
   * @param keep told of the subscription at once, so that it can be undone whatever happens
   */
  async enter(
    member: Member,
    wanted: Wanted,
    keep: (membership: Membership<Member>) => void,
  ): Promise<Entered<Member>> {
    const { channels } = this.#init
    const membership = channels.enter(wanted.channel, member, wanted.by)
    keep(membership)
    const channel = channels.get(wanted.channel) as Channel<Member>
    if (channel.ready) await channel.ready
    const caughtUp = await this.#catchUp(channel.rule, wanted)
    return { channel, membership, position: caughtUp.position, text: textOf(caughtUp) }
  }

  async #catchUp({ history }: ChannelRule, wanted: Wanted): Promise<CaughtUp> {
    const { channel, since } = wanted
    if (!history) return since ? { isRecovered: false } : {}
    const { broker, recoverLimit, replay, acknowledgedBy } = this.#init
    const request = { channel, rule: history, limit: recoverLimit }
    if (since) return this.#count(await recover(broker, { ...request, since }))
    if (!isPersonal(channel) || replay === 'none') return { position: await latest(broker, channel, history) }
    const device = acknowledgedBy === 'each' ? (wanted.device ?? '') : undefined
    return this.#count(await unacknowledged(broker, { ...request, device }))
  }

  #count(recovery: Recovery): Recovery {
    const { stats } = this.#init
    if (recovery.isRecovered) stats.recovered++
    else stats.unrecovered++
    stats.replayed += recovery.publications.length
    return recovery
  }
}

function textOf({ position, isRecovered, publications = [] }: CaughtUp): string {
  const isKept = position !== undefined
  const told = {
    recoverable: isKept,
    positioned: isKept,
    ...position,
    ...(isRecovered !== undefined && { was_recovering: true, recovered: isRecovered }),
  }
  const text = JSON.stringify(told)
  if (publications.length === 0) return text
  return `${text.slice(0, -1)},"publications":${publicationsText(publications)}}`
}

/** As {@link Entered.text}, of a channel in which the client lost something while it was connected. */
export function gapText(position: Position): string {
  return textOf({ position, isRecovered: false })
}
