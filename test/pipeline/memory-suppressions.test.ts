import { describe } from 'vitest'
import { memorySuppressions } from '../../src/pipeline/memory-suppressions.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { describeSuppressionStore } from '../support/suppression-store-contract.ts'

describe('dead addresses in memory', () => {
  describeSuppressionStore((ms) => {
    const clock = new FakeClock()
    const ttlMs = { invalid: ms, unsubscribed: ms * 100 }
    return { store: memorySuppressions({ clock, ttlMs }), pass: (passed) => clock.advance(passed) }
  }, 1_000)
})
