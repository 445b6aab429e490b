/** How long to wait before the next try. Pure, so that direct sends and the outbox share it. */
export interface Backoff {
  /** Upper bound of the delay before the second try, in milliseconds; doubles with each try. */
  readonly baseDelayMs: number
  /** Upper bound of any delay of our own choosing, in milliseconds. */
  readonly maxDelayMs: number
}

/**
 * Milliseconds to wait after failed try number `tried` (the first is 1): full jitter, uniform in [0, ceiling).
 * Source, read 2026-11-23: AWS Architecture Blog, "Exponential Backoff And Jitter".
 */
export function fullJitterMs(tried: number, { baseDelayMs, maxDelayMs }: Backoff): number {
  return Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (tried - 1))
}
