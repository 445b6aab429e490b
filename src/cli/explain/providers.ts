/** Who would be asked, in which order, and within which limits. */
import type { AnyNotifier } from '../../core/notifier.ts'
import { leavesOf, readLimits, type ReadLimits } from '../../facade/limit-options.ts'
import type { Settings } from '../../facade/options.ts'

export interface ProviderPlan {
  readonly provider: string
  /** Whether it makes one message of two handovers of one delivery. */
  readonly deduplicates: boolean
  /** What a durable delivery does after an attempt with an unknown outcome. */
  readonly durableOnUnknown: 'retry' | 'hold'
  /** Whether it can be asked what became of an attempt. */
  readonly canBeAsked: boolean
  readonly limits: ReadLimits
  /** Of the message on the wire. */
  readonly bytes?: number
}

export function providersOf(
  driver: AnyNotifier,
  { limits }: Settings,
  sizes: readonly (number | undefined)[],
): ProviderPlan[] {
  return leavesOf(driver).map((leaf, index) => {
    const bytes = sizes[index]
    return {
      provider: leaf.provider,
      deduplicates: leaf.deduplicates,
      durableOnUnknown: leaf.onUnknown,
      canBeAsked: leaf.lookUp !== undefined,
      limits: readLimits(limits, leaf.provider),
      ...(bytes !== undefined && { bytes }),
    }
  })
}
