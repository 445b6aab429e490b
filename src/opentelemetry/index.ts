/** Public surface of `notiwire/opentelemetry`. */
export { watchHub } from './hub-metrics.ts'
export type { HubLike, HubMetricsOptions, HubStats } from './hub-metrics.ts'
export { openTelemetry } from './tracer.ts'
export type { MeterProviderLike, OpenTelemetryOptions, TracerProviderLike } from './options.ts'
