/** The closed table of failure codes: what each is about and what may follow it. `docs/errors.md` is made from it. */

/** Whether the provider could have accepted the message. */
export type Certainty = 'not_sent' | 'unknown'

export interface Failure {
  /** What is at fault. */
  readonly scope:
    | 'message'
    | 'recipient'
    | 'credentials'
    | 'quota'
    | 'provider'
    | 'network'
    | 'config'
    | 'caller'
    | 'unknown'
  /** Whether the same message, unchanged, may succeed later; `if_not_sent` means only where no duplicate is possible. */
  readonly retry: 'no' | 'yes' | 'if_not_sent'
  /** Whether another provider of the same channel may be tried. */
  readonly failover: 'no' | 'yes' | 'if_not_sent'
  /** What it does to the provider's circuit breaker. */
  readonly breaker: 'ignore' | 'count' | 'open' | 'pause_limiter'
  /** The certainty when the thrower does not say. */
  readonly delivery: Certainty
  readonly meaning: string
}

const message = {
  scope: 'message',
  retry: 'no',
  failover: 'no',
  breaker: 'ignore',
  delivery: 'not_sent',
} as const
const recipient = { ...message, scope: 'recipient' } as const
const config = { ...message, scope: 'config' } as const
const caller = { ...message, scope: 'caller' } as const

export const FAILURES = {
  INVALID_MESSAGE: {
    ...message,
    meaning: 'The message breaks its channel’s schema; every wrong field is named',
  },
  CONTENT_REJECTED: { ...message, meaning: 'The provider refuses the content or the template' },
  PAYLOAD_TOO_LARGE: { ...message, meaning: 'The message is larger than the channel carries' },
  IDEMPOTENCY_MISMATCH: { ...message, meaning: 'The idempotency key was used with another message' },
  RECIPIENT_REJECTED: { ...recipient, meaning: 'The address does not exist, or its owner refuses messages' },
  RECIPIENT_OFFLINE: { ...recipient, meaning: 'Nobody was connected to receive it' },
  UNAUTHORIZED: {
    scope: 'credentials',
    retry: 'no',
    failover: 'yes',
    breaker: 'open',
    delivery: 'not_sent',
    meaning: 'The provider refuses our credentials or permissions',
  },
  RATE_LIMITED: {
    scope: 'quota',
    retry: 'yes',
    failover: 'yes',
    breaker: 'pause_limiter',
    delivery: 'not_sent',
    meaning: 'Too many messages just now; wait `retryAfterMs` where it is known',
  },
  QUOTA_EXHAUSTED: {
    scope: 'quota',
    retry: 'no',
    failover: 'yes',
    breaker: 'open',
    delivery: 'not_sent',
    meaning: 'A quota or balance that refills in hours or days is used up',
  },
  UNAVAILABLE: {
    scope: 'provider',
    retry: 'yes',
    failover: 'yes',
    breaker: 'count',
    delivery: 'unknown',
    meaning: 'The provider or the network failed',
  },
  TIMED_OUT: {
    scope: 'network',
    retry: 'if_not_sent',
    failover: 'if_not_sent',
    breaker: 'count',
    delivery: 'unknown',
    meaning: 'No answer within the attempt timeout or the deadline',
  },
  CIRCUIT_OPEN: {
    scope: 'provider',
    retry: 'yes',
    failover: 'yes',
    breaker: 'ignore',
    delivery: 'not_sent',
    meaning: 'The provider is being left alone after repeated failures',
  },
  INVALID_CONFIG: { ...config, meaning: 'A setting is wrong or a package is missing; the text says which' },
  UNKNOWN_CHANNEL: { ...config, meaning: 'No channel is registered under that name' },
  ABORTED: { ...caller, delivery: 'unknown', meaning: 'The caller’s AbortSignal fired' },
  EXPIRED: { ...caller, meaning: 'The message outlived its usefulness before it could be sent' },
  CLOSED: { ...caller, meaning: 'The SDK was closed' },
  DRIVER_FAILED: {
    scope: 'unknown',
    retry: 'no',
    failover: 'no',
    breaker: 'count',
    delivery: 'unknown',
    meaning: 'The driver failed in a way it cannot explain; its exception is the cause',
  },
} as const satisfies Record<string, Failure>

export type FailureCode = keyof typeof FAILURES
