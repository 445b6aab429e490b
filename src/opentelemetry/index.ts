/** Public surface of `notiwire/opentelemetry`. */
export { openTelemetry } from './tracer.ts'
export type { MeterProviderLike, OpenTelemetryOptions, TracerProviderLike } from './options.ts'
