/** The real OpenTelemetry SDK, all in memory, and channels to watch with it. */
import { context, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { MeterProvider, MetricReader, type HistogramMetricData } from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace-base'
import { z } from 'zod'
import { Notifier, NotifyError, type DeliveryContext, type Receipt } from '../../src/index.ts'
import { openTelemetry } from '../../src/opentelemetry/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** One series of a metric. */
export interface Series {
  readonly metric: string
  readonly unit: string
  readonly attributes: Attributes
  /** Of a histogram its sum. */
  readonly value: number
  /** Of a histogram. */
  readonly count?: number
  readonly boundaries?: readonly number[]
}

export class Telemetry {
  readonly clock = new FakeClock()
  readonly meterProvider: MeterProvider
  readonly tracerProvider: BasicTracerProvider
  readonly #exporter = new InMemorySpanExporter()
  readonly #reader = new Reader()

  constructor(sampler?: Sampler) {
    const spanProcessors = [new SimpleSpanProcessor(this.#exporter)]
    this.tracerProvider = new BasicTracerProvider({ spanProcessors, ...(sampler && { sampler }) })
    this.meterProvider = new MeterProvider({ readers: [this.#reader] })
  }

  /** The options of `createNotify` that are the same everywhere. */
  get watched() {
    const { clock, tracerProvider, meterProvider } = this
    return { clock, tracer: openTelemetry({ tracerProvider, meterProvider, clock }) }
  }

  /** Of the user's own code. */
  get tracer() {
    return this.tracerProvider.getTracer('shop')
  }

  /** All that have ended, in the order in which they began. */
  get spans(): ReadableSpan[] {
    const numbered = this.#exporter.getFinishedSpans().map((span, at) => ({ span, at }))
    const byStart = numbered.sort(
      (one, other) => startOf(one.span) - startOf(other.span) || one.at - other.at,
    )
    return byStart.map(({ span }) => span)
  }

  named(name: string): ReadableSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  /** The only one of this name. */
  span(name: string): ReadableSpan {
    const [span, ...others] = this.named(name)
    if (!span || others.length > 0)
      throw new Error(`${others.length + (span ? 1 : 0)} spans are named ${name}`)
    return span
  }

  childrenOf(parent: ReadableSpan): ReadableSpan[] {
    const { spanId } = parent.spanContext()
    return this.spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId)
  }

  async series(metric?: string): Promise<Series[]> {
    const { resourceMetrics } = await this.#reader.collect()
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    const all = metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
      dataPoints.map(({ attributes, value }): Series => {
        const told = { metric: name, unit, attributes }
        if (typeof value === 'number') return { ...told, value }
        const { sum = NaN, count, buckets } = value as HistogramMetricData['dataPoints'][number]['value']
        return { ...told, value: sum, count, boundaries: buckets.boundaries }
      }),
    )
    return metric === undefined ? all : all.filter((series) => series.metric === metric)
  }
}

function startOf({ startTime: [seconds, nanoseconds] }: ReadableSpan): number {
  return seconds * 1e9 + nanoseconds
}

/** What every Node set-up of OpenTelemetry registers; gone at the end of the block. */
export function carryContexts(): Disposable {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  return { [Symbol.dispose]: () => context.disable() }
}

export interface Letter {
  readonly to: string
  readonly text?: string | undefined
}

type Deliver = (letter: Letter, context: DeliveryContext) => Promise<Receipt>

/** A driver with a name of its own, so that several of them can be told apart. */
export class Carrier extends Notifier<Letter> {
  readonly provider: string
  handed = 0
  protected readonly schema = z.strictObject({ to: z.string().min(1), text: z.string().optional() })
  readonly #deliver: Deliver

  constructor(
    provider = 'memory',
    deliver: Deliver = (_, { id }) => Promise.resolve({ providerId: `p-${id}` }),
  ) {
    super()
    this.provider = provider
    this.#deliver = deliver
  }

  override recipients({ to }: Letter): readonly string[] {
    return [to]
  }

  protected deliver(letter: Letter, context: DeliveryContext): Promise<Receipt> {
    this.handed += 1
    return this.#deliver(letter, context)
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', String(cause), { cause })
  }
}

/** Fails with these, one after the other, then accepts. */
export function failing(provider: string, ...failures: readonly Error[]): Carrier {
  const left = [...failures]
  return new Carrier(provider, (_, { id }) => {
    const next = left.shift()
    return next ? Promise.reject(next) : Promise.resolve({ providerId: `p-${id}` })
  })
}

export const away = () => new NotifyError('UNAVAILABLE', 'away', { delivery: 'not_sent' })
