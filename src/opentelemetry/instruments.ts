/** The metrics. Their attributes come from the configuration and from closed lists, so that series stay few. */
import { metrics, type Context, type Counter, type Histogram, type MeterProvider } from '@opentelemetry/api'
import { SCHEMA_URL, type Attributes } from './attributes.ts'
import { quietly } from './guarded.ts'
import type { MeterProviderLike } from './options.ts'

/** As the conventions advise for `messaging.client.operation.duration`, in seconds. */
const CALL_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** A delivery with its waits may take a minute by default, and longer where the caller says so. */
const DELIVERY_BOUNDARIES = [...CALL_BOUNDARIES, 30, 60, 120]

interface Built {
  readonly by: MeterProviderLike
  /** One call to a provider. */
  readonly call: Histogram
  readonly sent: Counter
  /** A whole send. */
  readonly delivery: Histogram
  /** Of a try, for its turn. */
  readonly wait: Histogram
}

/** What a value belongs to. */
export interface Sample {
  readonly attributes: Attributes
  /** Holds the span, for exemplars. */
  readonly context: Context | undefined
}

export class Instruments {
  readonly #given: MeterProviderLike | undefined
  #built: Built | undefined

  constructor(given: MeterProviderLike | undefined) {
    this.#given = given
  }

  /** Tells a duration, in milliseconds. */
  took(what: 'call' | 'delivery' | 'wait', ms: number, { attributes, context }: Sample): void {
    quietly('record a duration', () => this.#current()[what].record(ms / 1_000, attributes, context))
  }

  /** A message was handed to a provider, once or several times. */
  sent({ attributes, context }: Sample): void {
    quietly('count a message', () => this.#current().sent.add(1, attributes, context))
  }

  /** Unlike tracers, meters made before the global provider is registered never work: so they are made again then. */
  #current(): Built {
    const provider = this.#given ?? metrics.getMeterProvider()
    if (this.#built?.by !== provider) this.#built = build(provider)
    return this.#built
  }
}

function build(provider: MeterProviderLike): Built {
  const meter = (provider as MeterProvider).getMeter('notiwire', undefined, { schemaUrl: SCHEMA_URL })
  const seconds = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } })
  return {
    by: provider,
    call: seconds(
      'messaging.client.operation.duration',
      'Duration of messaging operation initiated by a producer or consumer client.',
      CALL_BOUNDARIES,
    ),
    sent: meter.createCounter('messaging.client.sent.messages', {
      description: 'Number of messages producer attempted to send to the broker.',
      unit: '{message}',
    }),
    delivery: seconds(
      'notiwire.send.duration',
      'Duration of a send, with its waits and all its tries.',
      DELIVERY_BOUNDARIES,
    ),
    wait: seconds(
      'notiwire.attempt.wait.duration',
      'How long a try waited for its turn because of limits, where it had to.',
      DELIVERY_BOUNDARIES,
    ),
  }
}
