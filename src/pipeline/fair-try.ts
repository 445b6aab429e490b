/** How long a provider must have had before its silence is its fault. */

/** No provider is given less for want of time, unless the caller's own limits say so. */
const FAIR_MS = 5_000

/** Milliseconds, by the time limits of a delivery: a quarter of them, 5 s at most. */
export function fairTryMs(limits: {
  readonly deadlineMs: number
  readonly attemptTimeoutMs: number
}): number {
  return Math.min(FAIR_MS, limits.deadlineMs / 4, limits.attemptTimeoutMs / 4)
}
