/** The few figures that a series of rounds comes down to. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** How far the rounds were apart: the noise of the machine, mostly. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: round(median(values)), min: round(Math.min(...values)), max: round(Math.max(...values)) }
}

/** Round by round, so that a slow minute of the machine slows both: the median of `over[i] / under[i]`. */
export function pairedRatio(over: readonly number[], under: readonly number[]): Spread {
  return spreadOf(over.map((value, at) => value / (under[at] ?? Number.NaN)))
}

/** Three figures that count. */
export function round(value: number): number {
  return Number(value.toPrecision(3))
}
