/** One delivery from the caller's words to the result: the one place where an error becomes a value. */
import { Delivery, type AttemptRecord } from '../core/delivery.ts'
import type { Emit } from '../core/events.ts'
import type { Run } from '../pipeline/compose.ts'
import { CallerSignals } from './caller-signals.ts'
import type { InFlight } from './in-flight.ts'
import { readSendOptions, type SendOptions, type SendSettings } from './call-options.ts'
import type { Settings } from './options.ts'
import type { SendResult } from './result.ts'
import { sendTraced } from './send-traced.ts'
import { endOf, failedOf, toldOf } from './telling.ts'

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
      const { channel, isBulk } = order
      return await sendTraced({ id, channel, isBulk }, this.#init.settings, () => this.#carry(order, id))
    } finally {
      inFlight.leave()
    }
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
      result = { status: 'sent', ...toldOf(delivery, order.channel, this.#init.settings), receipt }
    } catch (cause) {
      const known = delivery ?? { id, attempts, duplicateOf: undefined, isRedirected: false }
      const told = toldOf(known, order.channel, this.#init.settings)
      result = failedOf(told, cause)
    }
    forget?.()
    this.#tell(result)
    return result
  }

  #settingsOf({ options, settings }: Order): SendSettings {
    if (settings) return settings
    return options === undefined ? this.#init.settings : readSendOptions(options, this.#init.settings)
  }

  /** A duplicate is no delivery of its own: the first one's end has been told. */
  #tell(result: SendResult): void {
    const { emit, settings } = this.#init
    if (emit && !result.duplicate) emit(endOf(result, settings.clock.now()))
  }
}
