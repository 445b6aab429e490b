/** What `openTelemetry` is told, and the check of it. */
import { hasMethods, issuesOfEach, type Check, type Checks } from '../core/checks.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import type { Issue } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'

interface ScopeOptions {
  readonly schemaUrl?: string
}

/** A `TracerProvider` of `@opentelemetry/api`. */
export interface TracerProviderLike {
  getTracer(name: string, version?: string, options?: ScopeOptions): object
}

/** A `MeterProvider` of `@opentelemetry/api`. */
export interface MeterProviderLike {
  getMeter(name: string, version?: string, options?: ScopeOptions): object
}

export interface OpenTelemetryOptions {
  /** Makes the spans. @default the global one, also where it is registered later */
  readonly tracerProvider?: TracerProviderLike | undefined
  /** Counts. @default the global one, also where it is registered later */
  readonly meterProvider?: MeterProviderLike | undefined
  /** Where the durations of the metrics come from; for tests. */
  readonly clock?: Pick<Clock, 'monotonic'> | undefined
}

export interface Providers {
  readonly tracerProvider: TracerProviderLike | undefined
  readonly meterProvider: MeterProviderLike | undefined
  readonly clock: Pick<Clock, 'monotonic'>
}

/** By the method that makes each of them what it is. */
const CHECKS: Checks = {
  tracerProvider: withMethod('getTracer'),
  meterProvider: withMethod('getMeter'),
  clock: withMethod('monotonic'),
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readOptions(options: OpenTelemetryOptions): Providers {
  const issues = issuesOf(options)
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const { tracerProvider, meterProvider, clock = systemClock } = options
  return { tracerProvider, meterProvider, clock }
}

function issuesOf(options: unknown): Issue[] {
  if (typeof options !== 'object' || options === null) return [{ path: '', message: 'expected an object' }]
  return issuesOfEach(options, CHECKS)
}

function withMethod(method: string): Check {
  return (value) => (hasMethods(value, method) ? undefined : `expected an object with the method ${method}`)
}
