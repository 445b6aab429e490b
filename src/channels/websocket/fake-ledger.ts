/** What a fake device has heard, and how far it has come in each channel. */
import type { Position } from '../../core/push-broker.ts'
import type { WebSocketEnvelope } from './message.ts'
import { isObject } from './protocol.ts'

export interface FakePublication {
  /** `#` and the user for a message to the user, the topic, or `@all`. */
  readonly channel: string
  readonly data: WebSocketEnvelope
  /** Its place in the channel's history; absent where the channel keeps none. */
  readonly offset?: number
}

/** A channel as the server told of it when the device came into it. */
export interface FakeSubscription {
  /** Whether the channel keeps what is said in it, so that it can be asked for later. */
  readonly recoverable: boolean
  /** Where the channel was then. Absent where it keeps nothing. */
  readonly position?: Position
  /** Whether the server looked for what the device had missed, and whether the device has got all of it. */
  readonly wasRecovering: boolean
  readonly recovered: boolean
}

/** Something said in the channel never reaches the device. */
export interface FakeGap {
  readonly channel: string
  /** Where the channel goes on; absent where the server ended the subscription instead. */
  readonly position?: Position
}

/** Somebody who came into a channel or left it. */
export interface FakePresence {
  readonly channel: string
  readonly client: string
  readonly user: string
}

/** From this code on a client subscribes again by itself, because it lost something. */
const INSUFFICIENT_STATE = 2_500

type Fields = Record<string, unknown>

export class FakeLedger {
  readonly publications: FakePublication[] = []
  readonly subscriptions = new Map<string, FakeSubscription>()
  readonly positions = new Map<string, Position>()
  readonly gaps: FakeGap[] = []
  readonly joins: FakePresence[] = []
  readonly leaves: FakePresence[] = []

  /** Takes what the server says of a channel that the device came into, missed publications first. */
  enter(channel: string, told: Fields): void {
    const { publications, offset, epoch } = told
    const position = typeof epoch === 'string' ? { offset: Number(offset ?? 0), epoch } : undefined
    const [wasRecovering, recovered] = [told['was_recovering'] === true, told['recovered'] === true]
    for (const pub of Array.isArray(publications) ? publications : []) this.#keep(channel, pub)
    if (position) this.positions.set(channel, position)
    if (wasRecovering && !recovered) this.gaps.push({ channel, ...(position && { position }) })
    this.subscriptions.set(channel, {
      recoverable: told['recoverable'] === true,
      ...(position && { position }),
      wasRecovering,
      recovered,
    })
  }

  /** Takes what the server says unasked. */
  hear(channel: string, { pub, join, leave, subscribe, unsubscribe }: Fields): void {
    if (pub !== undefined) this.#keep(channel, pub)
    if (isObject(join)) this.joins.push(presenceOf(channel, join))
    if (isObject(leave)) this.leaves.push(presenceOf(channel, leave))
    if (isObject(subscribe)) this.enter(channel, subscribe)
    if (isObject(unsubscribe)) this.#endedByServer(channel, Number(unsubscribe['code']))
  }

  left(channel: string): void {
    this.subscriptions.delete(channel)
  }

  #endedByServer(channel: string, code: number): void {
    this.left(channel)
    if (code === INSUFFICIENT_STATE) this.gaps.push({ channel })
  }

  /** Duplicates too: a test may want to see that there are none. */
  #keep(channel: string, pub: unknown): void {
    if (!isObject(pub)) return
    const { data, offset } = pub
    const place = typeof offset === 'number' ? { offset } : {}
    this.publications.push({ channel, data: data as WebSocketEnvelope, ...place })
    const position = this.positions.get(channel)
    if (position && typeof offset === 'number' && offset > position.offset) {
      this.positions.set(channel, { epoch: position.epoch, offset })
    }
  }
}

function presenceOf(channel: string, { info }: Fields): FakePresence {
  const { client, user } = isObject(info) ? info : {}
  return { channel, client: String(client), user: String(user) }
}
