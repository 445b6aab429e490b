/** The outbox that all share, which may not be there yet: opened as soon as it can be. */
import type { Clock, Timer } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import type { Outbox } from '../../core/outbox.ts'

export interface SharedSideInit {
  readonly outbox: Outbox
  readonly channels: readonly string[]
  readonly retryMs: number
  readonly clock: Clock
  readonly opened: () => void
}

export class SharedSide {
  readonly #init: SharedSideInit
  #isOpen = false
  #isClosed = false
  #timer: Timer | undefined
  #opening: Promise<void> = Promise.resolve()

  constructor(init: SharedSideInit) {
    this.#init = init
  }

  /**
   * Where it is away, it is tried again and again.
   * @throws {NotifyError} INVALID_CONFIG: that does not pass by itself
   */
  async open(): Promise<void> {
    this.#opening = this.#tryToOpen()
    await this.#opening
  }

  /** @throws {NotifyError} UNAVAILABLE, while it has not been there yet */
  get(): Outbox {
    if (this.#isOpen) return this.#init.outbox
    throw new NotifyError('UNAVAILABLE', 'The shared outbox cannot be reached yet', { delivery: 'not_sent' })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#opening.catch(() => undefined)
    await this.#init.outbox.close()
  }

  async #tryToOpen(): Promise<void> {
    const { outbox, channels, opened } = this.#init
    try {
      await outbox.open(channels)
    } catch (cause) {
      if (!isAway(cause)) throw cause
      return this.#tryLater()
    }
    this.#isOpen = true
    if (!this.#isClosed) opened()
  }

  #tryLater(): void {
    const { clock, retryMs } = this.#init
    if (this.#isClosed) return
    this.#timer = clock.setTimeout(() => {
      // What is wrong with it for good is told by whoever uses it next.
      this.#opening = this.#tryToOpen().catch(() => this.#tryLater())
    }, retryMs)
  }
}

export function isAway(cause: unknown): boolean {
  return NotifyError.isNotifyError(cause) && cause.code === 'UNAVAILABLE'
}
