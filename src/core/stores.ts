/** What is remembered between deliveries, and may be shared between processes: limits, keys, dead addresses. */
import type { RecipientReason } from './errors.ts'

export type MaybePromise<T> = T | Promise<T>

/** At most `limit` within any `perMs` milliseconds. */
export interface Rate {
  readonly limit: number
  readonly perMs: number
}

/** A place within the rates, or how long to wait for one. */
export type Place = { readonly ticket: string } | { readonly waitMs: number }

/** Counts what was taken under each key. A key is an account or a recipient of one; never shown to anybody. */
export interface LimitStore {
  /** Takes a place within every rate, or within none. A paused key has no place. */
  take(key: string, rates: readonly Rate[]): MaybePromise<Place>
  /** Gives a place back that was not used after all. */
  giveBack(key: string, ticket: string): MaybePromise<void>
  /** Gives no place for `ms` milliseconds, because the provider asked for it. */
  pause(key: string, ms: number): MaybePromise<void>
}

/** What stands under an idempotency key. `pending` past its lease: whoever sent has died, and nobody knows. */
export type KeyState =
  | { readonly status: 'pending'; readonly fingerprint: string; readonly id: string }
  | { readonly status: 'lost'; readonly fingerprint: string; readonly id: string }
  | {
      readonly status: 'settled'
      readonly fingerprint: string
      readonly id: string
      /** What {@link IdempotencyStore.settle} was given. */
      readonly outcome: string
    }

export interface KeyClaim {
  /** Of the delivery that claims the key. */
  readonly id: string
  /** Of the message, so that another message under the same key is found out. */
  readonly fingerprint: string
  /** How long the key is remembered, in milliseconds. */
  readonly ttlMs: number
  /** After how many milliseconds without an outcome the claimer is taken for dead. */
  readonly leaseMs: number
}

/** Remembers idempotency keys for every process that shares it. */
export interface IdempotencyStore {
  /** Claims the key, in one step; what stands there already is returned instead. */
  claim(key: string, claim: KeyClaim): Promise<KeyState | undefined>
  /** Records the outcome of the delivery `id`, unless the key is no longer its own. */
  settle(key: string, id: string, outcome: string): Promise<void>
  /** Forgets the claim of the delivery `id`: nothing was sent. */
  release(key: string, id: string): Promise<void>
}

/** An address that a provider called dead. */
export interface DeadAddress {
  readonly channel: string
  readonly address: string
  readonly reason: RecipientReason
  /** Since when, where the provider tells: an address registered again after that is alive. */
  readonly since?: Date | undefined
}

/** Remembers dead addresses, so that nothing is sent to them. */
export interface SuppressionStore {
  /** The reason where the address is dead. */
  find(channel: string, address: string): MaybePromise<RecipientReason | undefined>
  add(dead: DeadAddress): MaybePromise<void>
  /** Makes the address good again. */
  remove(channel: string, address: string): MaybePromise<void>
}

/** At most so many messages to one recipient of a provider's account. */
export interface RecipientLimit {
  readonly rates: readonly Rate[]
  /**
   * What is counted together, from the parsed message; nothing where the message is not limited.
   * @default each of its recipients
   */
  by?(message: unknown): string | undefined
}
