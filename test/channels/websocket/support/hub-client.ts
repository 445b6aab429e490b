/** A client of a hub without a socket in between: it keeps what a real one would, and comes back where it was. */
import type { Position } from '../../../../src/core/push-broker.ts'
import type { CloseReason } from '../../../../src/channels/websocket/close-codes.ts'
import type { Frame } from '../../../../src/channels/websocket/frame.ts'
import type { Hub } from '../../../../src/channels/websocket/hub.ts'
import type { Link } from '../../../../src/channels/websocket/link.ts'
import type { Session } from '../../../../src/channels/websocket/session.ts'

interface Subscription {
  readonly offset?: number
  readonly epoch?: string
  readonly was_recovering?: boolean
  readonly recovered?: boolean
  readonly publications?: readonly { readonly offset?: number; readonly data: unknown }[]
}

class Line implements Link {
  readonly transport = 'websocket'
  readonly answersPings = true
  readonly bufferedBytes = 0
  ending: CloseReason | undefined
  isOpen = true
  readonly #hear: (text: string) => void

  constructor(hear: (text: string) => void) {
    this.#hear = hear
  }

  write(frame: Frame): boolean {
    if (this.isOpen) this.#hear(frame.text)
    return this.isOpen
  }

  close(reason: CloseReason): void {
    this.ending ??= reason
    this.isOpen = false
  }

  terminate(reason: CloseReason): void {
    this.close(reason)
  }
}

export class HubClient {
  /** Data of what it was told, in order. */
  readonly received: unknown[] = []
  /** How often it was told that something is missing. */
  gaps = 0
  position: Position | undefined
  readonly #hub: Hub
  readonly #token: string
  readonly #channel: string
  #session: Session | undefined
  #connected: (() => void) | undefined

  constructor(hub: Hub, token: string, channel: string) {
    this.#hub = hub
    this.#token = token
    this.#channel = channel
  }

  get isConnected(): boolean {
    return this.#session !== undefined
  }

  /** Resolves when it is in its channel, if it is not cut before. */
  connect(): Promise<void> {
    const link = new Line((text) => this.#session?.link === link && this.#hear(text))
    const place = { authenticated: () => undefined, leave: () => undefined }
    this.#session = this.#hub.open({ link, headers: {}, ip: '127.0.0.1', place })
    const subs = this.position ? { [this.#channel]: { recover: true, ...this.position } } : {}
    const connected = new Promise<void>((resolve) => {
      this.#connected = resolve
    })
    this.#session.receive(
      Buffer.from(JSON.stringify({ id: 1, connect: { token: this.#token, subs } })),
      false,
    )
    return connected
  }

  cut(): void {
    const session = this.#session
    this.#session = undefined
    this.#connected?.()
    if (!session) return
    ;(session.link as Line).isOpen = false
    this.#hub.remove(session, { code: 1006, reason: '' })
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as {
      connect?: { subs: Record<string, Subscription> }
      push?: { channel: string; pub?: { offset: number; data: unknown }; subscribe?: Subscription }
    }
    if (message.connect) this.#enter(message.connect.subs[this.#channel])
    if (message.push?.channel !== this.#channel) return
    if (message.push.subscribe) this.#enter(message.push.subscribe)
    if (message.push.pub) this.#take(message.push.pub)
  }

  #enter(subscription: Subscription = {}): void {
    if (subscription.was_recovering && !subscription.recovered) this.gaps++
    const { offset = 0, epoch = '', publications = [] } = subscription
    for (const publication of publications) this.received.push(publication.data)
    this.position = { offset, epoch }
    this.#connected?.()
  }

  #take({ offset, data }: { offset: number; data: unknown }): void {
    this.received.push(data)
    if (this.position) this.position = { ...this.position, offset }
  }
}
