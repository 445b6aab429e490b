/** The closed table of failure codes: what each is about and what may follow it. `docs/errors.md` says what each means. */

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
  INVALID_MESSAGE: message,
  CONTENT_REJECTED: message,
  PAYLOAD_TOO_LARGE: message,
  IDEMPOTENCY_MISMATCH: message,
  RECIPIENT_REJECTED: recipient,
  RECIPIENT_OFFLINE: recipient,
  UNAUTHORIZED: {
    scope: 'credentials',
    retry: 'no',
    failover: 'yes',
    breaker: 'open',
    delivery: 'not_sent',
  },
  RATE_LIMITED: {
    scope: 'quota',
    retry: 'yes',
    failover: 'yes',
    breaker: 'pause_limiter',
    delivery: 'not_sent',
  },
  QUOTA_EXHAUSTED: {
    scope: 'quota',
    retry: 'no',
    failover: 'yes',
    breaker: 'open',
    delivery: 'not_sent',
  },
  UNAVAILABLE: {
    scope: 'provider',
    retry: 'yes',
    failover: 'yes',
    breaker: 'count',
    delivery: 'unknown',
  },
  TIMED_OUT: {
    scope: 'network',
    retry: 'if_not_sent',
    failover: 'if_not_sent',
    breaker: 'count',
    delivery: 'unknown',
  },
  CIRCUIT_OPEN: {
    scope: 'provider',
    retry: 'yes',
    failover: 'yes',
    breaker: 'ignore',
    delivery: 'not_sent',
  },
  INVALID_CONFIG: config,
  UNKNOWN_CHANNEL: config,
  ABORTED: { ...caller, delivery: 'unknown' },
  EXPIRED: caller,
  CLOSED: caller,
  DRIVER_FAILED: {
    scope: 'unknown',
    retry: 'no',
    failover: 'no',
    breaker: 'count',
    delivery: 'unknown',
  },
} as const satisfies Record<string, Failure>

export type FailureCode = keyof typeof FAILURES
