/** One channel on this node: who is subscribed, what they have, and how a publication reaches them in order. */
import type { Position, Publication } from '../../core/push-broker.ts'
import type { ChannelRule } from './channel-rules.ts'
import type { Frame } from './frame.ts'
import type { Link, WriteOptions } from './link.ts'
import { publicationFrame } from './publication-frame.ts'
import type { WheelTimer } from './wheel.ts'

/** Who is subscribed. */
export interface Subscriber {
  readonly client: string
  readonly link: Link
}

/** One subscription of one client. */
export interface Membership<Member extends Subscriber = Subscriber> {
  readonly member: Member
  /** What the server did, only the server undoes. */
  readonly by: 'server' | 'client'
  /** What the client has already, by its own history when it came: nothing up to here is told again. */
  known: Position | undefined
  /** Something was lost while it waited, up to here. */
  gap: Position | undefined
  /** While the client is being told what it missed, what comes meanwhile waits here. */
  waiting: Publication[] | undefined
  /** Ends it, where its permission does. */
  expiry?: WheelTimer | undefined
}

/** How one publication goes out. */
export interface FanOut extends WriteOptions {
  /** A client that is to be left out. */
  readonly except?: string | undefined
}

/** Where a publication stands in the order of its channel. */
export type Order = 'next' | 'old' | 'gap'

export class Channel<Member extends Subscriber = Subscriber> {
  readonly name: string
  readonly rule: ChannelRule
  /** Settles when the broker sends publications of the channel; absent where it did so at once. */
  ready: Promise<void> | undefined
  /** The newest publication that the subscribers were told of. */
  position: Position | undefined
  /** What came while something before it is still to be fetched. */
  backlog: Publication[] | undefined
  /** The only one, or all of them: most channels are one user's, on one device. */
  #memberships: Membership<Member> | Set<Membership<Member>> | undefined

  constructor(name: string, rule: ChannelRule) {
    this.name = name
    this.rule = rule
  }

  get size(): number {
    if (this.#memberships instanceof Set) return this.#memberships.size
    return this.#memberships ? 1 : 0
  }

  /** Longest subscribed first. Members may leave while they are walked. */
  get memberships(): Iterable<Membership<Member>> {
    if (this.#memberships instanceof Set) return this.#memberships
    return this.#memberships ? [this.#memberships] : []
  }

  /** Adds one that is told nothing until {@link release}. */
  enter(member: Member, by: 'server' | 'client'): Membership<Member> {
    const membership: Membership<Member> = { member, by, known: undefined, gap: undefined, waiting: [] }
    if (this.#memberships instanceof Set) this.#memberships.add(membership)
    else this.#memberships = this.#memberships ? new Set([this.#memberships, membership]) : membership
    return membership
  }

  leave(membership: Membership<Member>): void {
    if (this.#memberships instanceof Set) this.#memberships.delete(membership)
    else if (this.#memberships === membership) this.#memberships = undefined
  }

  /**
   * Tells it what came while it waited, and everything from now on, where that is newer than `position`.
   * @returns up to where something was lost meanwhile, which it is to be told
   */
  release(membership: Membership<Member>, position: Position | undefined): Position | undefined {
    const { waiting = [], gap } = membership
    membership.waiting = undefined
    membership.gap = undefined
    membership.known = position
    // It will come back with the position that it has now.
    if (gap && !isKnown(gap, position)) return gap
    const news = newsAfter(position, waiting)
    if (isTorn(position, news) || !this.#goOnFrom(endOf(news) ?? position)) {
      return (membership.known = this.position)
    }
    for (const publication of news) send({ frame: publicationFrame(publication), publication }, membership)
    return undefined
  }

  /**
   * What comes next must follow what every subscriber has, and not what one of them read ahead.
   * @returns whether it will: while the history is read, it is read for those who were here before
   */
  #goOnFrom(position: Position | undefined): boolean {
    if (!position || (this.position && !isKnown(position, this.position))) return true
    if (this.backlog && !isSame(position, this.position)) return false
    this.position = position
    return true
  }

  /** Tells only those who wait of what the others had by their history. */
  remind(publication: Publication, { except }: FanOut = {}): void {
    for (const { member, waiting } of this.memberships) {
      if (member.client !== except) waiting?.push(publication)
    }
  }

  /** Goes on from `position`, before which something was lost. @returns who is to be told of it */
  lose(position: Position): readonly Membership<Member>[] {
    // A history that has lost its end hands out the same numbers again: then only who read it since knows better.
    const isSameLife = this.position?.epoch === position.epoch
    const isUpToDate = isSameLife ? isSame : isKnown
    this.position = position
    const told: Membership<Member>[] = []
    for (const membership of this.memberships) {
      if (membership.waiting) membership.gap = position
      else if (!isUpToDate(position, membership.known)) told.push(membership)
    }
    for (const membership of told) membership.known = position
    return told
  }

  orderOf({ position }: Publication): Order {
    if (!position) return 'next'
    if (this.backlog) return 'gap'
    if (!this.position) return 'next'
    if (this.position.epoch !== position.epoch) return 'gap'
    if (position.offset <= this.position.offset) return 'old'
    return position.offset === this.position.offset + 1 ? 'next' : 'gap'
  }

  /** @returns to how many connections it was queued */
  deliver(publication: Publication, fanOut: FanOut = {}): number {
    if (publication.position) this.position = publication.position
    if (this.size === 0) return 0
    const outgoing = { frame: publicationFrame(publication), publication, options: fanOut }
    let queued = 0
    for (const membership of this.memberships) {
      if (membership.member.client !== fanOut.except && send(outgoing, membership)) queued++
    }
    return queued
  }
}

/** What waited and is newer than the position, each once. */
function newsAfter(position: Position | undefined, waiting: readonly Publication[]): readonly Publication[] {
  let last = position?.offset ?? 0
  return waiting.filter((publication) => {
    // What is not kept has no place in the history; it is in none that the client was told of.
    if (!publication.position) return true
    const { epoch, offset } = publication.position
    if (epoch !== position?.epoch || offset <= last) return false
    last = offset
    return true
  })
}

function endOf(news: readonly Publication[]): Position | undefined {
  return news.findLast(({ position }) => position)?.position
}

/** Whether something between the position and the news never came. */
function isTorn(position: Position | undefined, news: readonly Publication[]): boolean {
  const first = news.find((publication) => publication.position)?.position
  return first !== undefined && position !== undefined && first.offset > position.offset + 1
}

/** The same for every subscriber. */
interface Outgoing {
  readonly frame: Frame
  readonly publication: Publication
  readonly options?: WriteOptions
}

function send({ frame, publication, options }: Outgoing, membership: Membership): boolean {
  const { member, waiting, known } = membership
  if (waiting) return waiting.push(publication) > 0
  const { position } = publication
  if (position && isKnown(position, known)) return false
  return member.link.write(frame, options)
}

function isKnown({ epoch, offset }: Position, known: Position | undefined): boolean {
  return known !== undefined && known.epoch === epoch && offset <= known.offset
}

function isSame({ epoch, offset }: Position, known: Position | undefined): boolean {
  return known?.epoch === epoch && offset === known.offset
}
