/** One delivery from the caller's words to the result: the one place where an error becomes a value. */
import { Delivery, type AttemptRecord } from '../core/delivery.ts'
import type { Emit, LifecycleEvent } from '../core/events.ts'
import { Skipped } from '../core/skipped.ts'
import type { Run } from '../pipeline/compose.ts'
import { traced } from '../pipeline/traced.ts'
import { CallerSignals } from './caller-signals.ts'
import { isChannelName, toNotifyError } from './failures.ts'
import type { InFlight } from './in-flight.ts'
import { readSendOptions, type SendOptions, type SendSettings } from './call-options.ts'
import type { Settings } from './options.ts'
import type { SendResult } from './result.ts'

export interface Order {
  readonly channel: string
  readonly message: unknown
  /** As the caller gave them; none where `settings` are there. */
  readonly options?: SendOptions | undefined
  /** Checked already. */
  readonly settings?: SendSettings
  readonly isBulk: boolean
}

export interface SenderInit {
  readonly settings: Settings
  readonly inFlight: InFlight
  readonly emit: Emit | undefined
  /** @throws {NotifyError} where nothing can be sent on the channel */
  readonly runOf: (channel: string) => Run
}

/** What is known of a delivery, also of one that could not be begun. */
type Known = Pick<Delivery, 'id' | 'attempts' | 'duplicateOf' | 'isRedirected'>

export class Sender {
  readonly #init: SenderInit
  readonly #signals = new CallerSignals()

  constructor(init: SenderInit) {
    this.#init = init
  }

  /** Never rejects. */
  async send(order: Order): Promise<SendResult> {
    const { inFlight } = this.#init
    const id = crypto.randomUUID()
    inFlight.enter()
    try {
      return await this.#traced(order, id)
    } finally {
      inFlight.leave()
    }
  }

  #traced(order: Order, id: string): Promise<SendResult> {
    const { tracer, channels } = this.#init.settings
    const carry = () => this.#carry(order, id)
    if (!tracer) return carry()
    const { channel, isBulk } = order
    const provider = channels.get(channel)?.provider ?? ''
    return traced((run) => tracer.send({ id, channel, provider, isBulk }, run), carry)
  }

  async #carry(order: Order, id: string): Promise<SendResult> {
    const attempts: AttemptRecord[] = []
    let delivery: Delivery | undefined
    let forget: (() => void) | undefined
    let result: SendResult
    try {
      const run = this.#init.runOf(order.channel)
      const settings = this.#settingsOf(order)
      const { channel, message, isBulk } = order
      delivery = new Delivery({ id, channel, message, isBulk, ...settings, attempts })
      forget = settings.signal && this.#signals.heed(settings.signal, delivery)
      const receipt = await run(delivery)
      result = { status: 'sent', ...this.#told(order, delivery), receipt }
    } catch (cause) {
      const known = delivery ?? { id, attempts, duplicateOf: undefined, isRedirected: false }
      result = this.#failed(order, known, cause)
    }
    forget?.()
    this.#tell(result)
    return result
  }

  #settingsOf({ options, settings }: Order): SendSettings {
    if (settings) return settings
    return options === undefined ? this.#init.settings : readSendOptions(options, this.#init.settings)
  }

  #failed(order: Order, known: Known, cause: unknown): SendResult {
    const told = this.#told(order, known)
    if (cause instanceof Skipped) return { status: 'skipped', ...told, reason: cause.reason }
    return { status: 'failed', ...told, error: toNotifyError(cause, known.attempts.length > 0) }
  }

  /** What every result says of its delivery. */
  #told({ channel }: Order, { duplicateOf, isRedirected, ...known }: Known) {
    const { id, attempts } = duplicateOf ?? known
    const { channels } = this.#init.settings
    // Who made the last try, where a channel has several providers.
    const provider = attempts.at(-1)?.provider ?? channels.get(channel)?.provider ?? ''
    return {
      ...{ id, channel: channels.has(channel) || isChannelName(channel) ? channel : '', provider, attempts },
      ...(duplicateOf && { duplicate: true as const }),
      ...(isRedirected && { redirected: true as const }),
    }
  }

  /** A duplicate is no delivery of its own: the first one's end has been told. */
  #tell(result: SendResult): void {
    const { emit, settings } = this.#init
    if (emit && !result.duplicate) emit(endOf(result, settings.clock.now()))
  }
}

function endOf(result: SendResult, at: number): LifecycleEvent {
  const { id, channel, provider } = result
  switch (result.status) {
    case 'sent': {
      const { providerId } = result.receipt
      return { type: 'sent', id, channel, at, provider, providerId }
    }
    case 'skipped':
      return { type: 'skipped', id, channel, at, reason: result.reason }
    case 'failed':
      return { type: 'failed', id, channel, at, provider, error: result.error }
  }
}
