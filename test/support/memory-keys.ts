/** Keeps idempotency keys as a database would, for several SDKs of one test. */
import type { Clock } from '../../src/core/clock.ts'
import type { IdempotencyStore, KeyClaim, KeyState } from '../../src/core/stores.ts'

interface Row extends KeyClaim {
  readonly at: number
  readonly outcome?: string
}

export class MemoryKeys implements IdempotencyStore {
  readonly rows = new Map<string, Row>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  claim(key: string, claim: KeyClaim): Promise<KeyState | undefined> {
    const now = this.#clock.now()
    const row = this.rows.get(key)
    if (row && row.at + row.ttlMs > now) return Promise.resolve(stateOf(row, now))
    this.rows.set(key, { ...claim, at: now })
    return Promise.resolve(undefined)
  }

  settle(key: string, id: string, outcome: string): Promise<void> {
    const row = this.rows.get(key)
    if (row?.id === id) this.rows.set(key, { ...row, outcome })
    return Promise.resolve()
  }

  release(key: string, id: string): Promise<void> {
    const row = this.rows.get(key)
    if (row?.id === id && row.outcome === undefined) this.rows.delete(key)
    return Promise.resolve()
  }
}

function stateOf({ id, fingerprint, outcome, at, leaseMs }: Row, now: number): KeyState {
  if (outcome !== undefined) return { status: 'settled', id, fingerprint, outcome }
  return { status: at + leaseMs > now ? 'pending' : 'lost', id, fingerprint }
}
