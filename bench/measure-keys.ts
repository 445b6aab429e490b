/** How long one claim of an idempotency key takes in memory, by how many keys are live: microseconds. */
import { setImmediate as turn } from 'node:timers/promises'
import { systemClock } from '../src/core/clock.ts'
import { Reservations } from '../src/pipeline/idempotency.ts'
import { median, pairedRatio, round, type Spread } from './statistics.ts'

export interface KeysPlan {
  readonly claims: number
  readonly rounds: number
}

export interface KeyCost {
  readonly claims: number
  readonly rounds: number
  readonly fewKeys: number
  readonly fewUs: number
  readonly manyKeys: number
  readonly manyUs: number
  /** Many over few. */
  readonly ratio: Spread
}

const FEW = 1_000
const MANY = 100_000
/** Claims between two turns of the event loop, where the ends of the claimed deliveries are heard. */
const BATCH = 500
const SENT = Promise.resolve({ providerId: '1' })

export async function measureKeys({ claims, rounds }: KeysPlan): Promise<KeyCost> {
  const few = await KeysInUse.with(FEW)
  const many = await KeysInUse.with(MANY)
  const fewUs: number[] = []
  const manyUs: number[] = []
  for (let at = 0; at <= rounds; at += 1) {
    fewUs.push(await few.microsecondsEach(claims))
    manyUs.push(await many.microsecondsEach(claims))
  }
  return {
    ...{ claims, rounds, fewKeys: FEW, manyKeys: MANY },
    fewUs: round(median(fewUs.slice(1))),
    manyUs: round(median(manyUs.slice(1))),
    ratio: pairedRatio(manyUs.slice(1), fewUs.slice(1)),
  }
}

/** A store in its steady state: with every key that is claimed one grows too old and is forgotten. */
class KeysInUse {
  readonly #reservations: Reservations
  #count = 0

  static async with(live: number): Promise<KeysInUse> {
    const keys = new KeysInUse(live)
    await keys.#claim(live)
    return keys
  }

  private constructor(live: number) {
    // The clock counts claims, so that a key lives for as many claims as keys are to be live.
    this.#reservations = new Reservations(live, { ...systemClock, monotonic: () => this.#count })
  }

  async microsecondsEach(claims: number): Promise<number> {
    const startedAt = performance.now()
    await this.#claim(claims)
    return ((performance.now() - startedAt) / claims) * 1000
  }

  async #claim(claims: number): Promise<void> {
    for (let at = 1; at <= claims; at += 1) {
      this.#count += 1
      const key = `order-${this.#count}`
      if (this.#reservations.get(key)) throw new Error('A new key was taken for a known one')
      const first = { id: key, attempts: [], duplicateOf: undefined }
      this.#reservations.reserve(key, { fingerprint: key, first, ending: SENT })
      if (at % BATCH === 0) await turn()
    }
  }
}
