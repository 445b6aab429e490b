/** Sends that wait for a client to say that it has the message. */
import type { Clock } from '../../core/clock.ts'
import type { Acknowledgement, Position, PushBroker } from '../../core/push-broker.ts'
import { heed } from './heed.ts'

/** Who was first to say so. */
export interface Acknowledged {
  /** As the client calls it; empty where it does not, or where only the broker knows that somebody has it. */
  readonly device: string
  /** After how many milliseconds. */
  readonly ms: number
}

export interface AcknowledgementWait {
  readonly position: Position
  readonly withinMs: number
  readonly signal: AbortSignal
}

export interface AcknowledgementsInit {
  readonly broker: PushBroker
  readonly clock: Clock
  readonly report: (error: unknown) => void
}

type Listener = (acknowledgement: Acknowledgement) => void

/** What came before anybody waited for it, and how to hear on. */
interface Hearing {
  readonly early: readonly Acknowledgement[]
  readonly listen: (listener: Listener) => void
}

/** What is waited for in one channel. To be closed. */
export interface Expectation {
  /** Resolves at the first acknowledgement that covers the position; undefined when there was none in time. */
  wait(wait: AcknowledgementWait): Promise<Acknowledged | undefined>
  close(): void
}

export class Acknowledgements {
  readonly #init: AcknowledgementsInit
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(init: AcknowledgementsInit) {
    this.#init = init
  }

  heard(acknowledgement: Acknowledgement): void {
    for (const listener of this.#listeners.get(acknowledgement.channel) ?? []) listener(acknowledgement)
  }

  /** Begins to listen, before the message is out: an acknowledgement may be faster than the answer to the publisher. */
  async expect(channel: string): Promise<Expectation> {
    const startedAt = this.#init.clock.monotonic()
    const early: Acknowledgement[] = []
    let listener: Listener = (acknowledgement) => early.push(acknowledgement)
    const hear: Listener = (acknowledgement) => listener(acknowledgement)
    this.#listen(channel, hear)
    try {
      await this.#init.broker.watch(channel)
    } catch (cause) {
      this.#deafen(channel, hear)
      throw cause
    }
    const hearing = { early, listen: (next: Listener) => void (listener = next) }
    return {
      wait: async (wait) => {
        const heard = await this.#hear(wait, hearing)
        const acknowledged = heard ?? (await this.#remembered(channel, wait))
        const ms = Math.round(this.#init.clock.monotonic() - startedAt)
        return acknowledged && { device: acknowledged.device, ms }
      },
      close: () => {
        this.#deafen(channel, hear)
        heed(() => this.#init.broker.unwatch(channel), this.#init.report)
      },
    }
  }

  #hear(
    { position, withinMs, signal }: AcknowledgementWait,
    { early, listen }: Hearing,
  ): Promise<Acknowledgement | undefined> {
    return new Promise((resolve) => {
      const finish = (acknowledgement?: Acknowledgement) => {
        timer.cancel()
        signal.removeEventListener('abort', giveUp)
        resolve(acknowledgement)
      }
      const giveUp = () => finish()
      const timer = this.#init.clock.setTimeout(giveUp, withinMs)
      signal.addEventListener('abort', giveUp)
      const take: Listener = (acknowledgement) => {
        if (covers(acknowledgement.position, position)) finish(acknowledgement)
      }
      listen(take)
      for (const acknowledgement of early) take(acknowledgement)
      // While it was published, which may take long, nobody listened to the signal.
      if (signal.aborted) giveUp()
    })
  }

  /** The word may have come while the line to the broker was down, or before: the message may have gone out in an earlier try. */
  async #remembered(
    channel: string,
    { position, signal }: AcknowledgementWait,
  ): Promise<{ readonly device: string } | undefined> {
    if (signal.aborted) return undefined
    try {
      const cursor = await this.#init.broker.cursor(channel)
      return cursor && covers(cursor, position) ? { device: '' } : undefined
    } catch (cause) {
      this.#init.report(cause)
      return undefined
    }
  }

  #listen(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel)
    if (listeners) listeners.add(listener)
    else this.#listeners.set(channel, new Set([listener]))
  }

  #deafen(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel)
    listeners?.delete(listener)
    if (listeners?.size === 0) this.#listeners.delete(channel)
  }
}

function covers(acknowledged: Position, wanted: Position): boolean {
  return acknowledged.epoch === wanted.epoch && acknowledged.offset >= wanted.offset
}
