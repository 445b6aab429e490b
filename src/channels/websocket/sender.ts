/** Publishes one message, waits for what the caller wants to know, and says no more than that. */
import type { Clock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import type { HistoryRule, Position, Published } from '../../core/push-broker.ts'
import type { Acknowledged } from './acknowledgements.ts'
import { refusal } from './errors.ts'
import { writeMeta } from './fan-out-meta.ts'
import type { Hub } from './hub.ts'
import { toEnvelope, type WebSocketMessage } from './message.ts'
import { ANSWER_MS, type Question } from './nodes.ts'
import { channelOf, encodeWithin, messageId, shownChannelOf } from './publication.ts'

/** How long a client's word is waited for, in milliseconds. */
const ACK_MS = 5_000

/**
 * What is known: `acked`: a client says that it has the message. `written`: a connection's operating system has taken
 * it; a line that is dead without a sign takes it too. `published`: it was queued to somebody's connection, or handed to
 * a process that has one. `stored`: nobody is known to have it; it is kept, and sent when they come. What is neither kept nor
 * queued to anybody is no receipt but a RECIPIENT_OFFLINE.
 */
export type Outcome = 'acked' | 'written' | 'published' | 'stored'

export interface WebSocketReceipt extends Receipt {
  /** The message's id, as clients receive it. */
  readonly providerId: string
  /** The topic; for a user, `#` and as much of the id as may be shown; `@all` for everyone. */
  readonly channel: string
  readonly outcome: Outcome
  /** Whether it is kept for those who are away. */
  readonly stored: boolean
  /** Its place in the channel's history, where it is kept. */
  readonly offset?: number
  readonly epoch?: string
  /** Processes that it was handed to; null where that cannot be known. */
  readonly nodes: number | null
  /** Connections that it was queued to, or with `confirm: 'written'` written to; null where other processes have them. Not yet received. */
  readonly connections: number | null
  /** Whose word it was, with `confirm: 'ack'`. */
  readonly acked?: Acknowledged
  /** Whether it had gone out before, under the same idempotency key or in an earlier try. */
  readonly duplicate: boolean
}

interface Told extends Omit<Published, 'connections'> {
  readonly connections: number | null
  readonly isWritten?: boolean
  readonly acked?: Acknowledged | undefined
}

export class Sender {
  readonly #hub: Hub
  readonly #clock: Clock

  constructor(hub: Hub) {
    this.#hub = hub
    this.#clock = hub.clock
  }

  /** What clients receive: JSON text. */
  encode(message: WebSocketMessage, context: DeliveryContext): string {
    const envelope = toEnvelope(messageId(context), message, this.#clock.now())
    return encodeWithin(this.#hub.config.maxOutboundBytes, envelope)
  }

  async send(message: WebSocketMessage, context: DeliveryContext): Promise<WebSocketReceipt> {
    const history = this.#historyOf(message)
    const data = this.encode(message, context)
    const publication = { message, context, data, history }
    if (message.confirm === 'ack') return receiptOf(publication, await this.#untilAcknowledged(publication))
    if (message.confirm === 'written') return receiptOf(publication, await this.#untilWritten(publication))
    return receiptOf(publication, await this.#publish(publication))
  }

  async #untilAcknowledged(publication: Outgoing): Promise<Told> {
    const { message, context } = publication
    const expectation = await this.#hub.acknowledgements.expect(channelOf(message.to))
    try {
      const told = await this.#publish(publication)
      if (!told.position) return told
      const withinMs = message.within ?? ACK_MS
      const acked = await expectation.wait({ position: told.position, withinMs, signal: context.signal })
      return { ...told, acked }
    } finally {
      expectation.close()
    }
  }

  async #untilWritten(publication: Outgoing): Promise<Told> {
    const question = this.#hub.nodes.open()
    const told = await this.#publish(publication, question).catch(async (cause: unknown) => {
      await question.collect(0, 0)
      throw cause
    })
    // What went out before was counted then, by whoever asked: nobody answers now.
    const nodes = told.isDuplicate ? 0 : told.nodes
    const { written } = await question.collect(nodes, publication.message.within ?? ANSWER_MS)
    if (told.isDuplicate) return told
    return { ...told, connections: written, isWritten: written > 0 }
  }

  async #publish({ message, context, data, history }: Outgoing, question?: Question): Promise<Told> {
    const hub = this.#hub
    const published = await hub.broker.publish(channelOf(message.to), data, {
      history,
      ttlMs: message.ttl,
      key: message.key,
      id: this.#publicationId(context),
      meta: writeMeta({
        except: message.exceptConnection,
        isDroppable: message.droppable,
        ask: question && [hub.node, question.id],
      }),
    })
    const { nodes, isDuplicate, connections } = published
    // What went out before was counted then; who is connected elsewhere, only others can count.
    return { ...published, connections: nodes === 0 ? 0 : isDuplicate ? null : (connections ?? null) }
  }

  /** Where nothing can fail half-way, only the caller's own key makes two sends of one message. */
  #publicationId(context: DeliveryContext): string | undefined {
    const isNeeded = this.#hub.config.broker !== undefined || context.idempotencyKey !== undefined
    return isNeeded ? messageId(context) : undefined
  }

  #historyOf({ to, store, ttl, key, confirm }: WebSocketMessage): HistoryRule | undefined {
    const { history } = this.#hub.rules.of(channelOf(to))
    const asks = { 'store: true': store, ttl, key, "confirm: 'ack'": confirm === 'ack' }
    if (history && store !== false) return history
    const asked = Object.entries(asks).filter(([, value]) => value !== undefined && value !== false)
    if (asked.length === 0) return undefined
    const names = asked.map(([name]) => name).join(', ')
    const why = history ? 'store: false says that it is not kept' : 'nothing is kept of this channel'
    throw refusal('not_kept', `${names}: expected a message that is kept for those who are away; ${why}`)
  }
}

interface Outgoing {
  readonly message: WebSocketMessage
  readonly context: DeliveryContext
  readonly data: string
  readonly history: HistoryRule | undefined
}

/** @throws {NotifyError} RECIPIENT_OFFLINE, where nobody has it and nobody will */
function receiptOf({ message, context }: Outgoing, told: Told): WebSocketReceipt {
  const { position, nodes, connections, isDuplicate, acked } = told
  const outcome = outcomeOf(message, told)
  if (!outcome) throw refusal('offline', 'Nobody was connected: written to 0 connections')
  return {
    providerId: messageId(context),
    channel: shownChannelOf(message.to),
    outcome,
    stored: position !== undefined,
    ...positionFields(position),
    nodes,
    connections,
    ...(acked && { acked }),
    duplicate: isDuplicate,
  }
}

function outcomeOf({ confirm }: WebSocketMessage, told: Told): Outcome | undefined {
  const { position, nodes, connections, isWritten, acked } = told
  if (acked) return 'acked'
  if (isWritten) return 'written'
  const isNobody = nodes === 0 || connections === 0
  // Who asked for more than that it was published is not told that it was.
  const isKeptOnly = isNobody || (confirm !== undefined && confirm !== 'published')
  if (position && isKeptOnly) return 'stored'
  return isNobody ? undefined : 'published'
}

function positionFields(position: Position | undefined): Partial<Position> {
  return position ?? {}
}
