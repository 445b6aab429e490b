/** Holds what was captured, newest last, within a cap of messages and of bytes; tells whoever listens what changes. */
import type { Clock } from '../core/clock.ts'
import type { ArmedFault, InboxEvent, ListQuery, MessageList, WaitQuery } from './api.ts'
import type { CapturedMessage, CapturedSummary, InboxChannel, WebSocketAck } from './captured.ts'
import type { CaptureDraft, Stored, StoredFile } from './draft.ts'
import { matcherOf, wordsIn } from './search.ts'
import { Traces, type TraceReport } from './traces.ts'

export interface InboxInit {
  readonly clock: Clock
  /** Older ones make room. */
  readonly maxMessages: number
  /** Of all messages and their files together. */
  readonly maxBytes: number
}

type Listener = (event: InboxEvent) => void

const MOST_ROWS = 1_000
const USUAL_ROWS = 100
/** What a message takes besides its contents. */
const OVERHEAD_BYTES = 2_048
const NONE: Readonly<Record<InboxChannel, number>> = { email: 0, sms: 0, wechat: 0, apns: 0, websocket: 0 }

export class Inbox {
  readonly #init: InboxInit
  /** In the order of their ids. */
  #stored: Stored[] = []
  readonly #byId = new Map<string, Stored>()
  readonly #listeners = new Set<Listener>()
  readonly #traces: Traces
  #bytes = 0
  #evicted = 0
  #lastAt = 0
  #sequence = 0

  constructor(init: InboxInit) {
    this.#init = init
    this.#traces = new Traces(init.maxMessages)
  }

  /** The id of a message that arrives now. Given before it is read, so that ids are in the order of arrival. */
  newId(): string {
    this.#lastAt = Math.max(this.#lastAt, this.#init.clock.now())
    this.#sequence += 1
    return `${this.#lastAt.toString(36).padStart(9, '0')}${this.#sequence.toString(36).padStart(6, '0')}`
  }

  capture(id: string, draft: CaptureDraft): void {
    const stored: Stored = { ...draft, id, size: sizeOf(draft), matches: matcherOf(draft) }
    this.#insert(stored)
    this.#traces.arrived(stored)
    this.#tell({ type: 'captured', message: this.#summary(stored) })
    this.#evict()
  }

  /** Adds what is known later; nothing where the message is gone. */
  change(id: string, edit: (message: Stored) => Partial<CaptureDraft>): void {
    const stored = this.#byId.get(id)
    if (!stored) return
    Object.assign(stored, edit(stored))
    this.#tell({ type: 'changed', message: this.#summary(stored) })
  }

  /** Somebody says that they have what a WebSocket channel carried up to this offset, or looked at one message. */
  acknowledge(ack: WebSocketAck, of: (message: Stored) => boolean): void {
    const isNew = ({ view }: Stored) =>
      view?.kind === 'websocket' &&
      !view.acks.some((known) =>
        ['type', 'user', 'device'].every(
          (key) => known[key as keyof WebSocketAck] === ack[key as keyof WebSocketAck],
        ),
      )
    for (const { id } of this.#stored.filter((stored) => of(stored) && isNew(stored))) {
      this.change(id, ({ view }) =>
        view?.kind === 'websocket' ? { view: { ...view, acks: [...view.acks, ack] } } : {},
      )
    }
  }

  /** A Notify tells how a delivery came about. */
  trace(report: TraceReport): void {
    for (const id of this.#traces.report(report, this.#stored)) this.change(id, () => ({}))
  }

  get(id: string): CapturedMessage | undefined {
    const stored = this.#byId.get(id)
    if (!stored) return undefined
    const { isKept, bytes, view, exchange, hints } = stored
    const trace = this.#traces.of(id)
    return {
      ...this.#summary(stored),
      isKept,
      bytes,
      exchange,
      hints,
      ...(view && { view }),
      ...(trace && { trace }),
    }
  }

  /** A part that is kept beside the message: `raw`, `html`, or an attachment by its index. */
  file(id: string, name: string): StoredFile | undefined {
    return this.#byId.get(id)?.files?.get(name)
  }

  list({ channel, q = '', before, limit = USUAL_ROWS }: ListQuery): MessageList {
    const words = wordsIn(q)
    const isWanted = (stored: Stored) =>
      (channel === undefined || stored.channel === channel) && stored.matches(words)
    const found = this.#stored.filter(isWanted)
    const older = before === undefined ? found : found.filter(({ id }) => id < before)
    const rows = older.slice(-Math.min(limit, MOST_ROWS)).reverse()
    const counts = { ...NONE }
    for (const stored of this.#stored) counts[stored.channel] += 1
    const messages = rows.map((stored) => this.#summary(stored))
    return { messages, total: found.length, counts, evicted: this.#evicted }
  }

  /** The first message that is wanted and here, oldest first. */
  find({ channel, to, q = '', outcome, after = '' }: WaitQuery): CapturedMessage | undefined {
    const words = wordsIn(q)
    const found = this.#stored.find(
      (stored) =>
        stored.id > after &&
        (channel === undefined || stored.channel === channel) &&
        (to === undefined || stored.recipientList.includes(to)) &&
        (outcome === undefined || stored.outcome === outcome) &&
        stored.matches(words),
    )
    return found && this.get(found.id)
  }

  remove(id: string): boolean {
    if (!this.#byId.has(id)) return false
    this.#drop([id])
    this.#tell({ type: 'removed', ids: [id], evicted: this.#evicted })
    return true
  }

  clear(): void {
    this.#stored = []
    this.#byId.clear()
    this.#traces.clear()
    this.#bytes = 0
    this.#evicted = 0
    this.#tell({ type: 'cleared' })
  }

  /** Tells listeners of faults, which are none of the inbox's business otherwise. */
  faults(armed: readonly ArmedFault[]): void {
    this.#tell({ type: 'faults', armed })
  }

  /** @returns how to stop listening */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #summary({
    id,
    channel,
    provider,
    at,
    recipientList,
    title,
    preview,
    outcome,
    code,
    hints,
  }: Stored): CapturedSummary {
    return {
      ...{ id, channel, provider, at, title, preview, outcome },
      to: recipientList.slice(0, 20),
      recipients: recipientList.length,
      warnings: hints.filter(({ level }) => level !== 'info').length,
      ...(code !== undefined && { code }),
    }
  }

  /** E-mail is read while others arrive, so it may come a little late. */
  #insert(stored: Stored): void {
    let at = this.#stored.length
    while (at > 0 && (this.#stored[at - 1]?.id ?? '') > stored.id) at -= 1
    this.#stored.splice(at, 0, stored)
    this.#byId.set(stored.id, stored)
    this.#bytes += stored.size
  }

  #evict(): void {
    const { maxMessages, maxBytes } = this.#init
    const gone: string[] = []
    let bytes = this.#bytes
    for (const { id, size } of this.#stored) {
      const isWithin = this.#stored.length - gone.length <= maxMessages && bytes <= maxBytes
      // The newest stays, however large it is.
      if (isWithin || gone.length === this.#stored.length - 1) break
      gone.push(id)
      bytes -= size
    }
    if (gone.length === 0) return
    this.#evicted += gone.length
    this.#drop(gone)
    this.#tell({ type: 'removed', ids: gone, evicted: this.#evicted })
  }

  #drop(ids: readonly string[]): void {
    const gone = new Set(ids)
    this.#stored = this.#stored.filter(({ id }) => !gone.has(id))
    for (const id of ids) {
      this.#bytes -= this.#byId.get(id)?.size ?? 0
      this.#byId.delete(id)
      this.#traces.forget(id)
    }
  }

  #tell(event: InboxEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function sizeOf({ files, exchange, preview }: CaptureDraft): number {
  const fileBytes = [...(files?.values() ?? [])].reduce((sum, { content }) => sum + content.length, 0)
  // Characters of JavaScript take two bytes; the view repeats about what the exchange says.
  return (
    OVERHEAD_BYTES +
    fileBytes +
    4 * (exchange.request.length + (exchange.response?.length ?? 0) + preview.length)
  )
}
