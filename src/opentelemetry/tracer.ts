/** Spans and metrics of every send and every try, by OpenTelemetry. */
import { context, SpanKind } from '@opentelemetry/api'
import type { Receipt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import type { AttemptFacts, Ending, SendFacts, Tracer } from '../core/tracer.ts'
import {
  attemptOf,
  endOfAttempt,
  endOfSend,
  failed,
  outcome,
  sendOf,
  startOfAttempt,
  startOfSend,
} from './attributes.ts'
import { quietly, within } from './guarded.ts'
import { Instruments } from './instruments.ts'
import { readOptions, type OpenTelemetryOptions, type Providers } from './options.ts'
import { close, Spans, type Opened } from './spans.ts'

/** A send or a try under way. */
interface Live {
  readonly opened: Opened | undefined
  readonly startedAt: number
  /** Tries so far. */
  attempts: number
}

class OpenTelemetryTracer implements Tracer {
  readonly #clock: Providers['clock']
  readonly #spans: Spans
  readonly #instruments: Instruments
  /** By delivery. A try finds its send here, so that it is its child also where nobody carries contexts. */
  readonly #live = new Map<string, Live>()

  constructor({ tracerProvider, meterProvider, clock }: Providers) {
    this.#clock = clock
    this.#spans = new Spans(tracerProvider)
    this.#instruments = new Instruments(meterProvider)
  }

  async send<T extends Ending>(facts: SendFacts, run: () => Promise<T>): Promise<T> {
    // INTERNAL: it asks nobody itself. The conventions' kinds for a send are for the tries.
    const opened = this.#spans.open({
      kind: SpanKind.INTERNAL,
      attributes: () => startOfSend(facts),
      parent: () => context.active(),
    })
    const live = { opened, startedAt: this.#now(), attempts: 0 }
    this.#live.set(facts.id, live)
    try {
      const ending = await within(opened?.context, run)
      quietly('tell of a send', () => this.#sent(facts, live, ending))
      return ending
    } finally {
      this.#live.delete(facts.id)
    }
  }

  async attempt<T extends Receipt>(facts: AttemptFacts, run: () => Promise<T>): Promise<T> {
    const send = this.#live.get(facts.id)
    if (send) send.attempts += 1
    // CLIENT and not PRODUCER: it waits for the answer, and nothing of its context travels with the message.
    const opened = this.#spans.open({
      kind: SpanKind.CLIENT,
      attributes: () => startOfAttempt(facts),
      parent: () => send?.opened?.context ?? context.active(),
    })
    const live = { opened, startedAt: this.#now(), attempts: 1 }
    try {
      const receipt = await within(opened?.context, run)
      quietly('tell of a try', () => this.#tried(facts, live, receipt))
      return receipt
    } catch (cause) {
      quietly('tell of a try', () => this.#tried(facts, live, asNotifyError(cause)))
      throw cause
    }
  }

  #sent({ channel, provider }: SendFacts, { opened, startedAt, attempts }: Live, ending: Ending): void {
    const ms = this.#now() - startedAt
    close(opened, { attributes: () => endOfSend(ending, attempts), isFailed: ending.status === 'failed' })
    const target = { channel, provider: ending.provider || provider }
    const context = opened?.context
    this.#instruments.took('delivery', ms, { attributes: outcome(sendOf(target), ending), context })
    if (attempts > 0) this.#instruments.sent({ attributes: failed(sendOf(target), ending.error), context })
  }

  #tried(facts: AttemptFacts, { opened, startedAt }: Live, end: Receipt | NotifyError): void {
    const ms = this.#now() - startedAt
    const error = NotifyError.isNotifyError(end) ? end : undefined
    close(opened, { attributes: () => endOfAttempt(end), isFailed: error !== undefined })
    const context = opened?.context
    this.#instruments.took('call', ms, { attributes: failed(attemptOf(facts), error), context })
    if (facts.waitMs > 0)
      this.#instruments.took('wait', facts.waitMs, { attributes: attemptOf(facts), context })
  }

  #now(): number {
    return quietly('read the clock', () => this.#clock.monotonic()) ?? 0
  }
}

/** What a driver throws past its base class becomes a DRIVER_FAILED. */
function asNotifyError(cause: unknown): NotifyError {
  return NotifyError.isNotifyError(cause) ? cause : new NotifyError('DRIVER_FAILED', 'The driver threw')
}

/**
 * A `tracer` for `createNotify`: a span of every send and of every try at it, and metrics, by the messaging
 * conventions. Whatever fails in telemetry changes no delivery.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Tracer {
  return new OpenTelemetryTracer(readOptions(options))
}
