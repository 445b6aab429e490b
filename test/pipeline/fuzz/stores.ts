/** Shared stores that take their time and fail now and then. */
import type { FakeClock } from '../../../src/testing/fake-clock.ts'
import type { IdempotencyStore, LimitStore } from '../../../src/index.ts'
import { MemoryLimits } from '../../../src/pipeline/memory-limits.ts'
import { MemoryKeys } from '../../support/memory-keys.ts'
import { after } from '../carrier.ts'
import type { Chance } from './chance.ts'

/** How long a store of limits takes at most for one way, in milliseconds. */
export const SLOW_MS = 30

/** What fails may have happened all the same. */
export function shakyKeys(clock: FakeClock, chance: Chance): IdempotencyStore {
  const keys = new MemoryKeys(clock)
  const shaken = async <T>(act: () => Promise<T>): Promise<T> => {
    await after(clock, chance.under(50))
    const fails = chance.is(0.05)
    const answer = fails && chance.is(0.5) ? undefined : await act()
    await after(clock, chance.under(50))
    if (fails) throw new Error('the connection broke')
    return answer as T
  }
  return {
    claim: (key, claim) => shaken(() => keys.claim(key, claim)),
    settle: (key, id, outcome) => shaken(() => keys.settle(key, id, outcome)),
    release: (key, id) => shaken(() => keys.release(key, id)),
  }
}

export function slowLimits(clock: FakeClock, chance: Chance): LimitStore {
  const limits = new MemoryLimits(clock)
  const slowly = async <T>(act: () => T): Promise<T> => {
    await after(clock, chance.under(SLOW_MS))
    const answer = act()
    await after(clock, chance.under(SLOW_MS))
    return answer
  }
  return {
    take: (key, rates) => slowly(() => limits.take(key, rates)),
    giveBack: (key, ticket) => slowly(() => limits.giveBack(key, ticket)),
    pause: (key, ms) => slowly(() => limits.pause(key, ms)),
  }
}
