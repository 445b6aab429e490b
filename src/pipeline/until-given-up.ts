/** Waits for work that others do, no longer than the delivery wants it. */
import type { Delivery } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { Certainty } from '../core/failures.ts'

/**
 * What `work` settles to; the work goes on where the delivery does not wait for it.
 * @param certainty whether the message may go out all the same
 * @throws {NotifyError} why the delivery was given up meanwhile
 */
export function untilGivenUp<T>(work: Promise<T>, delivery: Delivery, certainty: Certainty): Promise<T> {
  return new Promise((resolve, reject) => {
    const waiting = {
      abort: ({ code, message }: NotifyError) => {
        reject(new NotifyError(code, message, { delivery: certainty }))
      },
    }
    // Before anybody hears of the end: the next wait may have begun by then.
    const leave = () => {
      if (delivery.current === waiting) delivery.current = undefined
    }
    if (delivery.abortReason) waiting.abort(delivery.abortReason)
    delivery.current = waiting
    work.then(
      (value) => {
        leave()
        resolve(value)
      },
      (cause: Error) => {
        leave()
        reject(cause)
      },
    )
  })
}
