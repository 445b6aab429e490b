/** Waits for a store's word on a place no longer than the delivery is wanted. */
import type { Delivery } from '../core/delivery.ts'
import type { Place } from '../core/stores.ts'
import { untilGivenUp } from './until-given-up.ts'

/**
 * @param asking never rejects
 * @param giveBack what becomes of a place that comes when nobody wants it any more
 * @throws {NotifyError} why the delivery was given up meanwhile
 */
export async function placeInTime(
  asking: Promise<Place>,
  delivery: Delivery,
  giveBack: (ticket: string) => unknown,
): Promise<Place> {
  try {
    return await untilGivenUp(asking, delivery, 'not_sent')
  } catch (cause) {
    void asking.then((place) => ('ticket' in place ? giveBack(place.ticket) : undefined))
    throw cause
  }
}
