/** How a delivery's end is told: as a result, and as its terminal event. */
import type { Delivery } from '../core/delivery.ts'
import type { LifecycleEvent } from '../core/events.ts'
import { Skipped } from '../core/skipped.ts'
import { isChannelName, toNotifyError } from './failures.ts'
import type { Settings } from './options.ts'
import type { FailedResult, SendResult, SkippedResult } from './result.ts'

/** What is known of a delivery, also of one that could not be begun. */
type Known = Pick<Delivery, 'id' | 'attempts' | 'duplicateOf' | 'isRedirected'>

type Told = Omit<SkippedResult, 'status' | 'reason'>

/** What every result says of its delivery. */
export function toldOf(
  { duplicateOf, isRedirected, ...known }: Known,
  channel: string,
  { channels }: Pick<Settings, 'channels'>,
): Told {
  const { id, attempts } = duplicateOf ?? known
  // Who made the last try, where a channel has several providers.
  const provider = attempts.at(-1)?.provider ?? channels.get(channel)?.provider ?? ''
  return {
    ...{ id, channel: channels.has(channel) || isChannelName(channel) ? channel : '', provider, attempts },
    ...(duplicateOf && { duplicate: true as const }),
    ...(isRedirected && { redirected: true as const }),
  }
}

export function failedOf(told: Told, cause: unknown): FailedResult | SkippedResult {
  if (cause instanceof Skipped) return { status: 'skipped', ...told, reason: cause.reason }
  return { status: 'failed', ...told, error: toNotifyError(cause, told.attempts.length > 0) }
}

export function endOf(result: SendResult, at: number): LifecycleEvent {
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
