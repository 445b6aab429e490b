/** Tells the hooks that a delivery is on its way. */
import type { Clock } from '../core/clock.ts'
import type { Emit } from '../core/events.ts'
import type { Stage } from './compose.ts'

export function announce(emit: Emit, clock: Clock): Stage {
  return (next) => (delivery) => {
    const { id, channel } = delivery
    emit({ type: 'accepted', id, channel, at: clock.now() })
    return next(delivery)
  }
}
