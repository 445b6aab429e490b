/** The spans: how one is begun under another, and how it ends. */
import {
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanKind,
  type TracerProvider,
} from '@opentelemetry/api'
import { SCHEMA_URL, type Attributes } from './attributes.ts'
import { quietly } from './guarded.ts'
import type { TracerProviderLike } from './options.ts'

/** A span under way, and the context in which its work runs. */
export interface Opened {
  readonly span: Span
  readonly context: Context
}

export interface Opening {
  readonly kind: SpanKind
  /** What is known at its start; names the span. */
  readonly attributes: () => Attributes
  readonly parent: () => Context
}

export interface Closing {
  readonly attributes: () => Attributes
  readonly isFailed: boolean
}

export class Spans {
  readonly #given: TracerProviderLike | undefined

  constructor(given: TracerProviderLike | undefined) {
    this.#given = given
  }

  /** Nothing where telemetry fails. */
  open({ kind, attributes, parent }: Opening): Opened | undefined {
    return quietly('begin a span', () => {
      // Asked each time, because the global one may be registered later. `trace.getTracer` would drop the schema.
      const provider = (this.#given ?? trace.getTracerProvider()) as TracerProvider
      const tracer = provider.getTracer('notiwire', undefined, { schemaUrl: SCHEMA_URL })
      const above = parent()
      const start = attributes()
      const span = tracer.startSpan(nameOf(start), { kind, attributes: start }, above)
      return { span, context: trace.setSpan(above, span) }
    })
  }
}

/** The status has no text: `error.type` says all that may be said. */
export function close(opened: Opened | undefined, { attributes, isFailed }: Closing): void {
  if (!opened) return
  const { span } = opened
  quietly('describe a span', () => {
    if (!span.isRecording()) return
    span.setAttributes(attributes())
    if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR })
  })
  quietly('end a span', () => span.end())
}

/** `{operation} {destination}`, as the conventions want it. */
function nameOf(start: Attributes): string {
  const { 'messaging.operation.name': operation, 'messaging.destination.name': destination } = start
  return destination === undefined ? String(operation) : `${String(operation)} ${String(destination)}`
}
