/**
 * The promises of an outbox, as a test suite for any runner with `describe` and `it` (vitest, jest, mocha, node:test). The outboxes
 * of this package run it; run it on yours.
 */
import type { Outbox } from '../core/outbox.ts'
import type { TestRunner } from './notifier-contract.ts'
import { newBench, type Bench, type OutboxHarness, type Tests } from './outbox-contract/bench.ts'
import { attempting } from './outbox-contract/attempting.ts'
import { keeping } from './outbox-contract/keeping.ts'
import { sharing, storm } from './outbox-contract/sharing.ts'
import { steering } from './outbox-contract/steering.ts'

export type { OutboxHarness } from './outbox-contract/bench.ts'

export interface OutboxContract {
  /** Called for every test. */
  readonly harness: () => Promise<OutboxHarness>
}

/** Registers the suite with `runner`, such as `{ describe, it }` of vitest. It takes real time, a few seconds in all. */
export function describeOutbox(name: string, { harness }: OutboxContract, runner: TestRunner): void {
  runner.describe(`${name} keeps the outbox contract`, () => {
    const register = (tests: Tests, isMeant: (outbox: Outbox) => boolean) => {
      for (const [title, body] of Object.entries(tests)) {
        runner.it(title, () => withBench(harness, (bench) => (isMeant(bench.outbox) ? body(bench) : DONE)))
      }
    }
    register({ ...keeping, ...attempting, ...steering, ...storm }, () => true)
    // An outbox of one process has nobody to share with.
    register(sharing, ({ promises }) => promises.reach !== 'process')
  })
}

const DONE = Promise.resolve()

async function withBench(
  harness: OutboxContract['harness'],
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  await using place = await harness()
  const bench = await newBench(place)
  try {
    await body(bench)
  } finally {
    await bench.outbox.close()
  }
}
