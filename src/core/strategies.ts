/** Ways to choose among several providers of one channel. */
import { Composite } from './composite.ts'
import type { AnyNotifier } from './notifier.ts'
import { invalid } from './parse.ts'

/** The first that can: the others are tried in order, where the failure was the provider's and nothing was sent. */
export function failover<const N extends readonly AnyNotifier[]>(...drivers: N): Composite<N> {
  const order = drivers.map((_, index) => index)
  return new Composite('failover', drivers, () => () => order)
}

/** Each in turn, so that all carry the same load; the others stand in where one fails. */
export function roundRobin<const N extends readonly AnyNotifier[]>(...drivers: N): Composite<N> {
  return new Composite('roundRobin', drivers, () => {
    let next = 0
    return () => {
      const first = next
      next = (next + 1) % drivers.length
      return drivers.map((_, index) => (first + index) % drivers.length)
    }
  })
}

export interface Weighted<N extends AnyNotifier = AnyNotifier> {
  readonly driver: N
  /** The share of messages that go to this driver first, relative to the others; 0 makes it a stand-in only. */
  readonly weight: number
}

type DriversOf<W extends readonly Weighted[]> = { readonly [K in keyof W]: W[K]['driver'] }

/**
 * Each by its share, at random; the others stand in where one fails, heavier ones first more often.
 * @throws {NotifyError} INVALID_CONFIG, where a weight is not a number from 0 up, or all are 0
 */
export function weighted<const W extends readonly Weighted[]>(...shares: W): Composite<DriversOf<W>> {
  const weights = shares.map(({ weight }) => weight)
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0) || !weights.some(Boolean)) {
    const message = 'expected weights of 0 or more, one of them above 0'
    throw invalid('INVALID_CONFIG', [{ path: 'weighted', message }])
  }
  const drivers = shares.map(({ driver }) => driver) as unknown as DriversOf<W>
  return new Composite('weighted', drivers, () => () => drawAll(weights))
}

/** Draws every index once, heavier ones sooner. Source: Efraimidis and Spirakis, weighted sampling, 2006. */
function drawAll(weights: readonly number[]): number[] {
  const lots = weights.map((weight, index) => ({ index, lot: Math.log(1 - Math.random()) / weight }))
  return lots.sort((one, other) => other.lot - one.lot).map(({ index }) => index)
}
