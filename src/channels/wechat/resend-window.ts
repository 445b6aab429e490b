/** Keeps a message whose outcome is unknown from being sent again when WeChat would no longer recognise it. */
import type { Clock } from '../../core/clock.ts'
import type { DeliveryContext } from '../../core/delivery.ts'
import { changed, NotifyError } from '../../core/errors.ts'

/**
 * WeChat makes one message of two with the same client_msg_id for 10 minutes; the last one is left for slow networks.
 * Source, read 2026-11-23: https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.md
 */
const WINDOW_MS = 9 * 60_000

interface Doubt {
  readonly deliveryId: string
  /** When the first try of unknown outcome began, by the monotonic clock. */
  readonly since: number
  readonly error: NotifyError
}

export class ResendWindow {
  readonly #clock: Clock
  /** Kept as long as the delivery keeps its message. */
  readonly #doubts = new WeakMap<object, Doubt>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws {NotifyError} the doubt itself, where the message was sent too long ago to send it once more */
  async within<R>(message: object, { id }: DeliveryContext, send: () => Promise<R>): Promise<R> {
    const doubt = this.#doubts.get(message)
    const isOwn = doubt?.deliveryId === id
    const now = this.#clock.monotonic()
    if (isOwn && now - doubt.since > WINDOW_MS) throw tooLate(doubt.error)
    try {
      return await send()
    } catch (error) {
      const isNew = !isOwn && NotifyError.isNotifyError(error) && error.delivery === 'unknown'
      if (isNew) this.#doubts.set(message, { deliveryId: id, since: now, error })
      throw error
    }
  }
}

/** Nobody was asked, so it says nothing about WeChat. */
function tooLate(error: NotifyError): NotifyError {
  const message = `Not sent again, because WeChat would no longer recognise it: ${error.message}`
  return changed(error, { message, scope: 'message' })
}
