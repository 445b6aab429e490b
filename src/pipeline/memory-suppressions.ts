/** Remembers dead addresses in this process. */
import { systemClock, type Clock } from '../core/clock.ts'
import type { RecipientReason } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'
import { issuesOfPositive } from '../core/positive-numbers.ts'
import type { DeadAddress, SuppressionStore } from '../core/stores.ts'
import { issuesOfSuppressionTtl, suppressionTtlOf, type SuppressionTtl } from '../core/suppression-ttl.ts'
import { AgingMap } from './aging-map.ts'

export interface MemorySuppressionsOptions {
  /** How long an address is remembered, by the reason. */
  readonly ttlMs?: SuppressionTtl | undefined
  /** How many addresses are remembered; of more, those told last. @default 100_000 */
  readonly maxEntries?: number | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

interface Suppression {
  readonly reason: RecipientReason
  /** By the monotonic clock. */
  readonly forgetAt: number
}

/**
 * A store for the option `suppression` that lives as long as the process: addresses are compared as given, and
 * counted for each channel.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function memorySuppressions(options: MemorySuppressionsOptions = {}): SuppressionStore {
  const { ttlMs, maxEntries } = options
  const issues = [...issuesOfSuppressionTtl('ttlMs', ttlMs), ...issuesOfPositive({ maxEntries })]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  return new MemorySuppressions(options)
}

class MemorySuppressions implements SuppressionStore {
  readonly #clock: Clock
  readonly #ttlMs: SuppressionTtl | undefined
  readonly #maxEntries: number
  readonly #dead = new AgingMap<Suppression>()

  constructor({ ttlMs, maxEntries = 100_000, clock = systemClock }: MemorySuppressionsOptions) {
    this.#clock = clock
    this.#ttlMs = ttlMs
    this.#maxEntries = maxEntries
  }

  find(channel: string, address: string): RecipientReason | undefined {
    const key = keyOf(channel, address)
    const found = this.#dead.get(key)
    if (!found || found.forgetAt > this.#clock.monotonic()) return found?.reason
    this.#dead.delete(key)
    return undefined
  }

  add({ channel, address, reason }: DeadAddress): void {
    const forgetAt = this.#clock.monotonic() + suppressionTtlOf(reason, this.#ttlMs)
    this.#dead.set(keyOf(channel, address), { reason, forgetAt })
    const { oldest } = this.#dead
    if (oldest && this.#dead.size > this.#maxEntries) this.#dead.delete(oldest.key)
  }

  remove(channel: string, address: string): void {
    this.#dead.delete(keyOf(channel, address))
  }
}

function keyOf(channel: string, address: string): string {
  return JSON.stringify([channel, address])
}
