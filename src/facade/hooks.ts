/** The caller's hooks, called so that nothing they do can change a delivery. */
import { isFunction, issuesWithin } from '../core/checks.ts'
import type { Issue } from '../core/errors.ts'
import type { Emit, LifecycleEvent } from '../core/events.ts'
import type { DeadAddress } from '../core/stores.ts'
import { warn } from '../pipeline/warn.ts'

export interface Hooks {
  /** Told of everything that happens to deliveries and providers; never of contents or recipients. */
  readonly onEvent?: ((event: LifecycleEvent) => unknown) | undefined
  /**
   * Told of every address that a provider called dead (reason `invalid`) or that has opted out (`unsubscribed`),
   * so that you can forget it. With `since`, an address registered again later than that is alive.
   */
  readonly onAddressInvalid?: ((dead: DeadAddress) => unknown) | undefined
}

export function issuesOfHooks(hooks: Hooks | undefined): Issue[] {
  if (hooks === undefined) return []
  return issuesWithin('hooks', hooks, { onEvent: isFunction, onAddressInvalid: isFunction })
}

export function emitTo({ onEvent }: Hooks): Emit | undefined {
  return onEvent && safely('hooks.onEvent', onEvent)
}

export function tellDeadTo({ onAddressInvalid }: Hooks): ((dead: DeadAddress) => void) | undefined {
  return onAddressInvalid && safely('hooks.onAddressInvalid', onAddressInvalid)
}

/** Calls the hook in the same turn and waits for nothing; what it throws or rejects with becomes a warning. */
export function safely<T>(name: string, hook: (told: T) => unknown): (told: T) => void {
  return (told) => {
    try {
      const outcome = hook(told)
      if (outcome instanceof Promise) outcome.catch((cause: unknown) => warn(`${name} rejected`, cause))
    } catch (cause) {
      warn(`${name} threw`, cause)
    }
  }
}
