/** How far the client is in one channel. */
import type { PushContent } from './message.ts'
import type { Publication } from './wire.ts'

export interface Channel {
  readonly name: string
  /** How many listen to it. */
  listeners: number
  /** The server subscribed by itself. */
  isOwn?: boolean
  /** Asked for on the line that is open. */
  isAsked?: boolean
  epoch: string
  /** Of the last message delivered. */
  offset: number
  /** Delivered and not done with, in order. */
  readonly pending: Set<number>
  /** Everything up to here is done with. */
  readonly done: number
  /** Of the last messages, to know one again that comes in another epoch. */
  readonly ids: Set<string | undefined>
}

export function createChannel(name: string): Channel {
  return {
    name,
    listeners: 0,
    epoch: '',
    offset: 0,
    pending: new Set(),
    ids: new Set(),
    get done() {
      const [first = this.offset + 1] = this.pending
      return first - 1
    },
  }
}

/** Where to go on. */
export function positionOf({ epoch, offset }: Channel): object {
  return { recover: epoch !== '', epoch, offset }
}

export function toContent(channel: string, { data, offset }: Publication, epoch: string): PushContent {
  return { ...(data as PushContent), channel, offset, epoch } as PushContent
}
