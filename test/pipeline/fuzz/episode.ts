/** One episode: SDKs, providers and callers that do anything, and a record of all of it. */
import {
  createNotify,
  failover,
  roundRobin,
  weighted,
  type LifecycleEvent,
  type SendOptions,
  type SendResult,
} from '../../../src/index.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import type { Carrier } from '../carrier.ts'
import { Chance } from './chance.ts'
import { provider, type Ledger } from './providers.ts'
import { shakyKeys, slowLimits } from './stores.ts'

const SENDS = 40
/** Longer than anything may take. */
const LONG_MS = 20_000
export const RATES = [
  { limit: 3, perMs: 500 },
  { limit: 8, perMs: 3_000 },
]

/** Who comes later could get the place of who waits. */
const A_LONG_LINE = { kind: 'single', tries: 1, isLimited: true, isSlow: true, isShared: false } as const

export interface Sent {
  readonly key: string | undefined
  readonly at: number
  /** Absent where the send never settled. */
  result?: SendResult
}

export interface Episode extends Ledger {
  readonly seed: number
  readonly sends: readonly Sent[]
  readonly events: readonly LifecycleEvent[]
  readonly isClosed: boolean
  readonly timersLeft: number
  readonly isLimited: boolean
  readonly isSlow: boolean
  /** Whether a message may be sent again though it may have gone out. */
  readonly mayRepeat: boolean
  /** Whether each message is tried once at most, by one SDK at one provider. */
  readonly isPlain: boolean
}

export async function play(seed: number): Promise<Episode> {
  const world = new World(seed)
  await world.sendAll()
  return world.end()
}

class World {
  readonly #seed: number
  readonly #chance: Chance
  readonly #clock = new FakeClock()
  readonly #ledger: Ledger = { accepted: [], asked: [] }
  readonly #sends: Sent[] = []
  readonly #events: LifecycleEvent[] = []
  readonly #facts
  readonly #notifiers

  constructor(seed: number) {
    const chance = new Chance(seed)
    this.#seed = seed
    this.#chance = chance
    this.#facts = {
      kind: chance.of('single', 'single', 'failover', 'roundRobin', 'weighted', 'nested'),
      tries: chance.of(1, 3),
      isLimited: chance.is(0.6),
      isSlow: chance.is(0.4),
      isShared: chance.is(0.4),
      mayRepeat: chance.is(0.2),
      hasBreaker: chance.is(0.7),
      limitsRecipients: chance.is(0.2),
      ...(seed % 5 === 0 && A_LONG_LINE),
    }
    this.#notifiers = this.#facts.isShared ? this.#sharing() : [this.#notify({}, this.#counting())]
  }

  async sendAll(): Promise<void> {
    for (let count = 0; count < SENDS; count += 1) {
      this.#send()
      if (this.#chance.is(0.5)) await this.#clock.advance(this.#chance.under(200))
    }
  }

  async end(): Promise<Episode> {
    const closesEarly = this.#chance.is(0.3)
    if (!closesEarly) await this.#clock.advance(LONG_MS)
    let isClosed = false
    const drainMs = this.#chance.of(0, this.#chance.under(500))
    const closing = Promise.all(this.#notifiers.map((notify) => notify.close({ drainMs })))
    void closing.then(() => (isClosed = true))
    await this.#clock.advance(LONG_MS)
    const { isLimited, isSlow, mayRepeat, kind, tries } = this.#facts
    const isPlain = kind === 'single' && tries === 1 && this.#notifiers.length === 1
    return {
      ...{ ...this.#ledger, seed: this.#seed, sends: this.#sends, events: this.#events, isClosed },
      ...{ isLimited, isSlow, mayRepeat, isPlain },
      timersLeft: this.#clock.pending,
    }
  }

  #send(): void {
    const chance = this.#chance
    const key = chance.is(0.5) ? `key-${Math.floor(chance.under(8))}` : undefined
    const to = key ?? `person-${Math.floor(chance.under(5))}`
    const sent: Sent = { key, at: this.#clock.monotonic() }
    const [first, second = first] = this.#notifiers
    this.#sends.push(sent)
    const sending = chance.of(first, second)?.send('memory', { to }, this.#options(key))
    void sending?.then((result) => (sent.result = result))
  }

  #options(idempotencyKey: string | undefined): SendOptions {
    const chance = this.#chance
    const caller = new AbortController()
    if (chance.is(0.2)) this.#clock.setTimeout(() => caller.abort(), chance.under(3_000))
    return {
      ...{ idempotencyKey, signal: caller.signal },
      ...(chance.is(0.3) && { deadlineMs: 1 + chance.under(3_000) }),
      ...(chance.is(0.3) && { expiresAt: this.#clock.now() + chance.under(3_000) - 100 }),
    }
  }

  /** Two SDKs, as in two processes, that share what they remember. */
  #sharing() {
    const [clock, chance] = [this.#clock, this.#chance]
    const keys = { idempotency: { store: shakyKeys(clock, chance) } }
    const limits = this.#counting()
    // Without a shared count each would have one of its own.
    return this.#facts.isSlow || !this.#facts.isLimited
      ? [this.#notify(keys, limits), this.#notify(keys, limits)]
      : [this.#notify(keys, limits)]
  }

  #counting() {
    return this.#facts.isSlow ? { store: slowLimits(this.#clock, this.#chance) } : {}
  }

  #notify(options: object, limits: object) {
    const { tries, mayRepeat, hasBreaker } = this.#facts
    const names = ['a', 'b', 'c'].slice(0, this.#facts.kind === 'single' ? 1 : 3)
    return createNotify({
      ...{ channels: { memory: this.#channel(names) }, clock: this.#clock, ...options },
      ...{ deadlineMs: 4_000, attemptTimeoutMs: 800 },
      retry: { tries, baseDelayMs: 50, onUnknown: mayRepeat ? 'retry' : 'stop' },
      breaker: hasBreaker && { failures: 3, of: 6, coolDownMs: 700 },
      limits: { ...limits, providers: Object.fromEntries(names.map((name) => [name, this.#limits()])) },
      hooks: { onEvent: (event) => this.#events.push(event) },
    })
  }

  #limits() {
    const { isLimited, limitsRecipients } = this.#facts
    return {
      ...(isLimited && { account: RATES }),
      ...(limitsRecipients && { recipient: { rates: [{ limit: 2, perMs: 800 }] } }),
    }
  }

  #channel(names: readonly string[]): Carrier {
    const scene = { clock: this.#clock, chance: this.#chance, ledger: this.#ledger }
    const [a, b, c] = [0, 1, 2].map((index) => provider(names[index] ?? 'a', scene)) as [
      Carrier,
      Carrier,
      Carrier,
    ]
    switch (this.#facts.kind) {
      case 'failover':
        return failover(a, b, c) as never
      case 'roundRobin':
        return roundRobin(a, b, c) as never
      case 'weighted':
        return weighted({ driver: a, weight: 3 }, { driver: b, weight: 1 }, { driver: c, weight: 0 }) as never
      case 'nested':
        return failover(roundRobin(a, b), c) as never
      default:
        return a
    }
  }
}
