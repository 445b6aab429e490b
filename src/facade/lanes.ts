/** The stages in front of each provider: every provider of every channel has circuit and attempts of its own. */
import { Composite } from '../core/composite.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { attempt } from '../pipeline/attempt.ts'
import { Breaker } from '../pipeline/breaker.ts'
import { circuit } from '../pipeline/circuit.ts'
import { compose, type Run } from '../pipeline/compose.ts'
import { route } from '../pipeline/route.ts'
import type { Timeouts } from '../pipeline/timeouts.ts'
import type { Settings } from './options.ts'
import type { ProviderHealth } from './result.ts'

export class Lanes {
  readonly #settings: Settings
  readonly #attempts: Timeouts
  /** A driver that serves two channels has one circuit: it is one account. */
  readonly #breakers = new Map<AnyNotifier, Breaker>()

  constructor(settings: Settings, attempts: Timeouts) {
    this.#settings = settings
    this.#attempts = attempts
  }

  /** What takes one try, or with several providers one round of tries. */
  to(notifier: AnyNotifier): Run {
    const { clock, retry } = this.#settings
    if (Composite.isComposite(notifier)) {
      const runs = notifier.members.map((member) => this.to(member))
      return route(notifier, runs, retry.onUnknown)
    }
    const last = attempt(notifier, clock, this.#attempts)
    const breaker = this.#breakerOf(notifier)
    return breaker ? compose([circuit(breaker)], last) : last
  }

  health(notifier: AnyNotifier): ProviderHealth[] {
    if (Composite.isComposite(notifier)) return notifier.members.flatMap((member) => this.health(member))
    const { provider } = notifier
    const breaker = this.#breakers.get(notifier)
    if (!breaker || breaker.state === 'closed') return [{ provider, state: 'closed' }]
    const { state, retryAfterMs, reason } = breaker
    return [{ provider, state, retryAfterMs, ...(reason && { reason }) }]
  }

  #breakerOf(notifier: AnyNotifier): Breaker | undefined {
    const { breaker: policy, clock } = this.#settings
    if (!policy) return undefined
    const breaker = this.#breakers.get(notifier) ?? new Breaker(policy, clock)
    this.#breakers.set(notifier, breaker)
    return breaker
  }
}
