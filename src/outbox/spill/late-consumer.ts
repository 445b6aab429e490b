/** A consumer of an outbox that is not there yet. */
import type { JobConsumer, Outbox } from '../../core/outbox.ts'

export class LateConsumer implements JobConsumer {
  readonly #consume: (outbox: Outbox) => JobConsumer
  #consumer: JobConsumer | undefined
  #isClosed = false

  constructor(consume: (outbox: Outbox) => JobConsumer) {
    this.#consume = consume
  }

  /** Once it is there; safe to call twice. */
  start(outbox: Outbox): void {
    if (!this.#isClosed) this.#consumer ??= this.#consume(outbox)
  }

  throttle(ms: number): void {
    this.#consumer?.throttle(ms)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#consumer?.close()
  }
}
