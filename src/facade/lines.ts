/** The pipeline of each channel, built once: the stages in their order. */
import type { AnyNotifier } from '../core/notifier.ts'
import type { DeadAddress } from '../core/stores.ts'
import { announce } from '../pipeline/announce.ts'
import { compose, type Run, type Stage } from '../pipeline/compose.ts'
import { deadline } from '../pipeline/deadline.ts'
import { guard } from '../pipeline/guard.ts'
import { honesty } from '../pipeline/honesty.ts'
import { idempotency, Reservations } from '../pipeline/idempotency.ts'
import { lookUp } from '../pipeline/look-up.ts'
import { retry } from '../pipeline/retry.ts'
import { sharedIdempotency } from '../pipeline/shared-keys.ts'
import { suppression } from '../pipeline/suppression.ts'
import { Timeouts } from '../pipeline/timeouts.ts'
import { validate } from '../pipeline/validate.ts'
import { warn } from '../pipeline/warn.ts'
import { unknownChannel } from './failures.ts'
import { guardOf } from './guard-options.ts'
import { emitTo, tellDeadTo } from './hooks.ts'
import { Lanes } from './lanes.ts'
import type { Settings } from './options.ts'
import type { ProviderHealth } from './result.ts'

const ADMITTED = Promise.resolve({ providerId: '' })

/** How long an idempotency key is remembered. */
export const KEY_TTL_MS = 24 * 3_600_000

/** How one channel's messages go, from start to end. */
export interface Line {
  /** A direct send. */
  readonly send: Run
  /** Whether a message may go into the outbox: nothing is asked or sent. */
  readonly admit: Run
  /** One attempt at what comes out of it, whose schedule stands in for our retries. */
  readonly attempt: Run
}

export class Lines {
  readonly #settings: Settings
  readonly #lines = new Map<string, Line>()
  /** Attempts wait here; a delivery's deadline keeps the process alive for them too. */
  readonly #attempts: Timeouts
  readonly #deadlines: Timeouts
  readonly #lanes: Lanes
  readonly #keys: readonly Stage[]

  constructor(settings: Settings, deadlines: Timeouts) {
    const { clock, hooks, channels } = settings
    this.#settings = settings
    this.#deadlines = deadlines
    this.#attempts = new Timeouts(clock, { keepAlive: false })
    const emit = emitTo(hooks)
    const onDead = onDeadOf(settings)
    this.#lanes = new Lanes({ settings, timeouts: this.#attempts, emit, onDead })
    this.#keys = keyStages(settings)
    for (const [name, notifier] of channels) this.#lines.set(name, this.#lineOf(name, notifier))
  }

  /** @throws {NotifyError} UNKNOWN_CHANNEL */
  get(channel: string): Line {
    const line = this.#lines.get(channel)
    if (!line) throw unknownChannel(channel, [...this.#settings.channels.keys()])
    return line
  }

  health(notifier: AnyNotifier): ProviderHealth[] {
    return this.#lanes.health(notifier)
  }

  close(): void {
    this.#attempts.close()
  }

  #lineOf(name: string, notifier: AnyNotifier): Line {
    const { guard: options, clock, suppression: store } = this.#settings
    const lanes = this.#lanes.to(notifier, name)
    const rules = guardOf(options, name)
    const checks = [validate(notifier), ...(rules ? [guard(notifier, rules)] : [])]
    // Before whatever asks a store: one that hangs must not hold the caller up for longer.
    const inTime = deadline(this.#deadlines, clock)
    const alive = store ? [suppression(notifier, store)] : []
    return {
      // The suppressions inside the keys: what was sent once is answered for, though the address has died since.
      send: compose([...checks, inTime, ...this.#keys, ...alive, ...this.#delivery(notifier)], lanes),
      admit: compose(checks, () => ADMITTED),
      attempt: compose([...checks, inTime, lookUp(notifier, this.#attempts), ...alive, honesty()], lanes),
    }
  }

  /** From the accepted delivery to its tries. */
  #delivery(notifier: AnyNotifier): Stage[] {
    const { clock, hooks, retry: policy } = this.#settings
    const emit = emitTo(hooks)
    // A provider that makes one message of two handovers cannot be asked twice too often.
    const onUnknown = notifier.deduplicates ? 'retry' : policy.onUnknown
    return [...(emit ? [announce(emit, clock)] : []), honesty(), retry({ ...policy, onUnknown }, clock, emit)]
  }
}

function keyStages({ idempotency: options, clock }: Settings): Stage[] {
  if (!options) return []
  const { store, ttlMs = KEY_TTL_MS } = options
  const own = idempotency(new Reservations(ttlMs, clock))
  return store ? [own, sharedIdempotency(store, { ttlMs, clock })] : [own]
}

/** Who is told of dead addresses: the hook, and the store that is to remember them. */
function onDeadOf({ hooks, suppression: store }: Settings): ((dead: DeadAddress) => void) | undefined {
  const tell = tellDeadTo(hooks)
  if (!store) return tell
  return (dead) => {
    tell?.(dead)
    void remember(dead)
  }

  async function remember(dead: DeadAddress): Promise<void> {
    try {
      await store?.add(dead)
    } catch (cause) {
      warn('The suppression store failed; a dead address is not remembered', cause)
    }
  }
}
