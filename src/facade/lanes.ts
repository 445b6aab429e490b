/** The stages in front of each provider: every account has circuit, limits and attempts of its own. */
import { Composite } from '../core/composite.ts'
import type { Emit } from '../core/events.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { DeadAddress, LimitStore } from '../core/stores.ts'
import { AccountLimit } from '../pipeline/account-limit.ts'
import { attempt } from '../pipeline/attempt.ts'
import { Breaker } from '../pipeline/breaker.ts'
import { circuit, openCircuit } from '../pipeline/circuit.ts'
import { fairTryMs } from '../pipeline/fair-try.ts'
import { compose, type Run } from '../pipeline/compose.ts'
import { InsuredLimits } from '../pipeline/insured-limits.ts'
import { accountLimit } from '../pipeline/account-turn.ts'
import { MemoryLimits } from '../pipeline/memory-limits.ts'
import { RecipientLimit } from '../pipeline/recipient-limit.ts'
import { route } from '../pipeline/route.ts'
import type { Timeouts } from '../pipeline/timeouts.ts'
import { readLimits } from './limit-options.ts'
import type { Settings } from './options.ts'
import type { ProviderHealth } from './result.ts'

export interface LanesInit {
  readonly settings: Settings
  readonly timeouts: Timeouts
  readonly emit: Emit | undefined
  readonly onDead: ((dead: DeadAddress) => void) | undefined
}

/** A driver that serves two channels is one account. */
interface Account {
  /** What its limits are counted under. */
  readonly key: string
  readonly breaker: Breaker | undefined
  readonly limit: AccountLimit
}

export class Lanes {
  readonly #init: LanesInit
  readonly #accounts = new Map<AnyNotifier, Account>()
  readonly #ownCount: LimitStore
  readonly #sharedCount: LimitStore

  constructor(init: LanesInit) {
    const { clock, limits } = init.settings
    this.#init = init
    this.#ownCount = new MemoryLimits(clock)
    const shared = limits?.store
    this.#sharedCount = shared ? new InsuredLimits({ shared, own: this.#ownCount, clock }) : this.#ownCount
  }

  /** What takes one try on the channel, or with several providers one round of tries. */
  to(notifier: AnyNotifier, channel: string): Run {
    const { settings, timeouts, emit, onDead } = this.#init
    const { clock, retry, tracer } = settings
    if (Composite.isComposite(notifier)) {
      const runs = notifier.members.map((member) => this.to(member, channel))
      return route(notifier, runs, retry.onUnknown)
    }
    const { key, breaker, limit } = this.#accountOf(notifier, channel)
    const fairMs = fairTryMs(settings)
    const recipients = this.#recipientLimitOf(notifier, key)
    return compose(
      [
        ...(recipients ? [recipients.admission] : []),
        ...(breaker ? [openCircuit(breaker)] : []),
        accountLimit(limit),
        ...(recipients ? [recipients.renewal] : []),
        ...(breaker ? [circuit(breaker, fairMs)] : []),
      ],
      attempt(notifier, { clock, timeouts, emit, tracer, onDead }),
    )
  }

  health(notifier: AnyNotifier): ProviderHealth[] {
    if (Composite.isComposite(notifier)) return notifier.members.flatMap((member) => this.health(member))
    const { provider } = notifier
    const breaker = this.#accounts.get(notifier)?.breaker
    if (!breaker || breaker.state === 'closed') return [{ provider, state: 'closed' }]
    const { state, retryAfterMs, reason } = breaker
    return [{ provider, state, retryAfterMs, ...(reason && { reason }) }]
  }

  #recipientLimitOf(notifier: AnyNotifier, key: string): RecipientLimit | undefined {
    const { settings, emit } = this.#init
    const { recipient: limits } = readLimits(settings.limits, notifier.provider)
    if (limits.length === 0) return undefined
    const { clock } = settings
    return new RecipientLimit({ notifier, key, limits, store: this.#sharedCount, clock, emit })
  }

  #accountOf(notifier: AnyNotifier, channel: string): Account {
    const known = this.#accounts.get(notifier)
    if (known) return known
    const { settings, emit } = this.#init
    const { provider } = notifier
    const key = this.#freeKey(`${channel}/${provider}`)
    const { account: rates } = readLimits(settings.limits, provider)
    // Without rates only the provider's word counts, and that is not worth asking a shared store each time.
    const store = rates.length > 0 ? this.#sharedCount : this.#ownCount
    const limit = new AccountLimit({ key, provider, rates, store, clock: settings.clock, emit })
    const account = { key, breaker: this.#breakerOf(provider), limit }
    this.#accounts.set(notifier, account)
    return account
  }

  /** The same in every process with the same configuration. */
  #freeKey(wanted: string): string {
    const taken = new Set([...this.#accounts.values()].map(({ key }) => key))
    let key = wanted
    for (let number = 2; taken.has(key); number += 1) key = `${wanted}-${number}`
    return key
  }

  #breakerOf(provider: string): Breaker | undefined {
    const { settings, emit } = this.#init
    const { breaker: policy, clock } = settings
    if (!policy) return undefined
    return new Breaker(policy, clock, (change) => {
      emit?.({ type: 'breaker', provider, at: clock.now(), ...change })
    })
  }
}
