/** Opens event streams: the holder of a ticket becomes one of the user's devices. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CloseReason } from '../close-codes.ts'
import { CLOSE } from '../close-codes.ts'
import { hasExpired } from '../auth.ts'
import { admit, EXPIRY_GRACE_MS } from '../commands/connect.ts'
import { setExpiry } from '../commands/subscribe.ts'
import { Frame } from '../frame.ts'
import type { Hub } from '../hub.ts'
import type { Place } from '../limits.ts'
import { EVERYONE, personalChannel } from '../names.ts'
import { pushFrame, type CommandError } from '../protocol.ts'
import { eventIdOf } from '../publication-frame.ts'
import type { Session } from '../session.ts'
import type { Entered } from '../subscribing.ts'
import { EventStream } from './event-stream.ts'
import { positionsOf, type Wishes } from './query.ts'
import { REFUSAL, Refused } from './refused.ts'
import { AFTERLIFE_MS, StreamSessions } from './stream-sessions.ts'
import { Tickets, type Bearer } from './tickets.ts'
import { askFor, type Asked } from './topics.ts'

/** A stream lasts no longer than what is remembered of it, in milliseconds; then its client comes back. */
const MAX_LIFE_MS = 86_400_000
/** What is told of a client that just went away, which is the only way that it can. */
const GONE: CloseReason = { code: 1006, reason: '' }

export interface StreamRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly ip: string
  readonly place: Place
}

export class Streams {
  readonly tickets: Tickets
  readonly sessions: StreamSessions
  readonly #hub: Hub
  readonly #isDraining: () => boolean

  constructor(hub: Hub, isDraining: () => boolean) {
    this.#hub = hub
    this.#isDraining = isDraining
    this.tickets = new Tickets(hub.broker)
    this.sessions = new StreamSessions(hub.broker)
  }

  /** @throws {Refused} where the ticket is none, or good for nobody any more */
  async open(stream: StreamRequest, wishes: Wishes): Promise<void> {
    const bearer = await this.#redeem(wishes.ticket)
    // The hub closes those it knows when it begins to drain: one more would never be told.
    if (this.#isDraining()) throw new Refused(REFUSAL.shutdown)
    const { request, response, ip, place } = stream
    if (response.destroyed || request.socket.destroyed) return
    const hub = this.#hub
    const link = new EventStream({ request, response, shared: hub.shared, clock: hub.clock })
    link.begin()
    const session = hub.open({ link, headers: {}, ip, place })
    response.once('close', () => hub.remove(session, GONE))
    try {
      await this.#admit(session, bearer, { response, wishes })
    } catch (cause) {
      hub.report(cause)
      session.end(CLOSE.internalError)
    }
  }

  async #redeem(ticket: string): Promise<Bearer> {
    const bearer = await this.tickets.redeem(ticket)
    if (!bearer) throw new Refused(REFUSAL.unknownTicket)
    const { clock, config } = this.#hub
    if (hasExpired(bearer, clock.now())) throw new Refused(REFUSAL.tokenExpired)
    if (await config.isRevoked?.(bearer)) throw new Refused(REFUSAL.invalidToken)
    return { ...bearer, expiresAt: Math.min(bearer.expiresAt ?? Infinity, clock.now() + MAX_LIFE_MS) }
  }

  async #admit(
    session: Session,
    bearer: Bearer,
    { response, wishes }: { readonly response: ServerResponse; readonly wishes: Wishes },
  ): Promise<void> {
    const { user, device } = bearer
    const asked = await askFor(wishes.subs, bearer, this.#hub)
    if (!session.link.isOpen) return
    const topics = [...asked.allowed.keys()]
    const secret = await this.#remember(session, { bearer, topics, response })
    const answer = (result: string, entered: readonly Entered<Session>[]) => {
      session.link.write(new Frame(`{"connect":${result}}`, ownEventId(user, entered)))
      tellRefused(session, asked.refused)
    }
    const subs = positionsOf(wishes, user)
    await admit(session, bearer, {
      data: { device },
      subs,
      topics,
      answer,
      extra: { session: secret, pong: false },
    })
    limit(session, asked)
  }

  /** Before the client is told, so that its first acknowledgement finds it on whichever node. */
  async #remember(
    { client, link }: Session,
    {
      bearer,
      topics,
      response,
    }: { readonly bearer: Bearer; readonly topics: readonly string[]; readonly response: ServerResponse },
  ): Promise<string> {
    const { user, device = '', channels = [], expiresAt = 0 } = bearer
    const stream = {
      client,
      user,
      device,
      channels: [personalChannel(user), EVERYONE, ...channels, ...topics],
    }
    const lifeMs = expiresAt - this.#hub.clock.now() + EXPIRY_GRACE_MS + AFTERLIFE_MS
    const secret = await this.sessions.begin(stream, lifeMs)
    const end = () => void this.sessions.end(secret, stream)
    if (link.isOpen) response.once('close', end)
    else end()
    return secret
  }
}

function tellRefused({ link }: Session, refused: ReadonlyMap<string, CommandError>): void {
  for (const [channel, { code, message }] of refused) {
    link.write(pushFrame(channel, 'unsubscribe', JSON.stringify({ code, reason: message })))
  }
}

/** What is allowed for a time ends with it. */
function limit(session: Session, { allowed }: Asked): void {
  for (const [channel, permission] of allowed) setExpiry(session, channel, permission)
}

/** With it a client that keeps no positions goes on where this stream began, if nothing follows. */
function ownEventId(user: string, entered: readonly Entered<Session>[]): string | undefined {
  const own = entered.find(({ channel }) => channel.name === personalChannel(user))
  return own?.position && eventIdOf(own.position)
}
