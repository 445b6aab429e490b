/** Keeps a message whose outcome is unknown from being sent again when the server would no longer recognise it. */
import type { Clock } from '../../../core/clock.ts'
import type { DeliveryContext } from '../../../core/delivery.ts'
import { NotifyError } from '../../../core/errors.ts'

/**
 * The server remembers an idempotency key for 5 minutes; half a minute is left for slow networks.
 * Source, read 2026-11-26: https://centrifugal.dev/docs/server/server_api#publishrequest
 */
const WINDOW_MS = 270_000

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

/** Nobody was asked, so it says nothing about the server. A try that ran out of time was aborted, by nobody who is still there. */
function tooLate({ code, message, provider, cause }: NotifyError): NotifyError {
  const text = `Not sent again, because Centrifugo would no longer recognise it: ${message}`
  return new NotifyError(code === 'ABORTED' ? 'TIMED_OUT' : code, text, {
    delivery: 'unknown',
    scope: 'message',
    provider,
    cause,
  })
}
