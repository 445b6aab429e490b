/** One-time tickets: who has shown a token takes one to open a stream with, because a stream has nothing but its URL. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { PushBroker } from '../../../core/push-broker.ts'
import type { Identity } from '../hooks.ts'
import { topicName, userId } from '../names.ts'

/** How long a ticket may be used, in milliseconds. */
const TICKET_MS = 30_000
const ID_BYTES = 24
const ID = /^[\w-]{32}$/

/** Whom {@link WebSocketDriver.issueTicket} lets open a stream. */
export interface TicketRequest {
  readonly user: string
  /** Topics that the stream is subscribed to. */
  readonly channels?: readonly string[] | undefined
}

export const ticketRequest = z.strictObject({
  user: userId,
  channels: z.array(topicName).optional(),
})

const bearer = ticketRequest.extend({
  expiresAt: z.number().optional(),
  tokenId: z.string().optional(),
  /** As the client called it when it showed its token. */
  device: z.string().optional(),
})

/** Who holds a ticket. */
export interface Bearer extends Identity {
  readonly device?: string | undefined
}

export class Tickets {
  readonly #broker: PushBroker

  constructor(broker: PushBroker) {
    this.#broker = broker
  }

  async issue({ user, channels, expiresAt, tokenId, device }: Bearer): Promise<string> {
    const ticket = randomId()
    const text = JSON.stringify({ user, channels, expiresAt, tokenId, device })
    await this.#broker.keep(keyOf(ticket), text, TICKET_MS)
    return ticket
  }

  /** Of two who show one ticket at once, one is let in. */
  async redeem(ticket: string): Promise<Bearer | undefined> {
    if (!isId(ticket)) return undefined
    const text = await this.#broker.take(keyOf(ticket))
    return text === undefined ? undefined : bearer.safeParse(JSON.parse(text)).data
  }
}

/** 192 bits that nobody guesses. */
export function randomId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}

export function isId(id: string): boolean {
  return ID.test(id)
}

function keyOf(ticket: string): string {
  return `ticket:${ticket}`
}
