/**
 * What spans and metrics say: names that the configuration holds, words of closed lists, ids and numbers; never a
 * recipient, a content or the text of an error.
 * Source: OpenTelemetry semantic conventions 1.45, messaging (status: development), read 2026-11-23,
 * https://opentelemetry.io/docs/specs/semconv/messaging/
 */
import type { Receipt } from '../core/delivery.ts'
import { NotifyError } from '../core/errors.ts'
import { FAILURES } from '../core/failures.ts'
import type { AttemptFacts, Ending, SendFacts } from '../core/tracer.ts'

/** Written field by field: spreading costs more than everything else that a span of no one's costs. */
export type Attributes = Record<string, string | number | boolean>

/** Where it goes. */
export type Target = Pick<SendFacts, 'channel' | 'provider'>

/** The conventions that the names follow. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0'

/** One whole delivery, with its waits and all its tries. It asks nobody itself, so it has no operation type. */
export function sendOf(target: Target): Attributes {
  return aimed({ 'messaging.system': 'notiwire', 'messaging.operation.name': 'send' }, target)
}

/** One try: the call that hands a message to a provider, which is what the conventions call a send. */
export function attemptOf(target: Target): Attributes {
  return aimed(
    {
      'messaging.system': 'notiwire',
      'messaging.operation.name': 'attempt',
      'messaging.operation.type': 'send',
    },
    target,
  )
}

/** A channel that is not configured is left out: callers may have put anything there. */
function aimed(operation: Attributes, { channel, provider }: Target): Attributes {
  if (provider === '') return operation
  operation['messaging.destination.name'] = channel
  operation['notiwire.provider'] = provider
  return operation
}

/** Of a send's span, at its start, where samplers see it. */
export function startOfSend(facts: SendFacts): Attributes {
  const start = sendOf(facts)
  start['notiwire.delivery.id'] = facts.id
  start['notiwire.delivery.bulk'] = facts.isBulk
  return start
}

/** Of a try's span, at its start. */
export function startOfAttempt(facts: AttemptFacts): Attributes {
  const start = attemptOf(facts)
  start['notiwire.delivery.id'] = facts.id
  start['notiwire.attempt.number'] = facts.attempt
  if (facts.waitMs > 0) start['notiwire.attempt.wait_ms'] = facts.waitMs
  return start
}

/** Of a send's span, at its end. */
export function endOfSend(ending: Ending, attempts: number): Attributes {
  const { id, provider, duplicate, receipt } = ending
  const end = outcome({ 'notiwire.delivery.attempts': attempts }, ending)
  // Of several providers the one that was tried last.
  if (provider) end['notiwire.provider'] = provider
  if (duplicate) end['notiwire.delivery.duplicate_of'] = id
  if (receipt) end['messaging.message.id'] = receipt.providerId
  return end
}

/** Of a try's span, at its end. */
export function endOfAttempt(end: Receipt | NotifyError): Attributes {
  if (!NotifyError.isNotifyError(end)) return { 'messaging.message.id': end.providerId }
  return { 'error.type': errorTypeOf(end), 'notiwire.delivery.certainty': certaintyOf(end) }
}

/** Adds how a send ended: what the span and the metric of it share. */
export function outcome(end: Attributes, { status, duplicate, reason, error }: Ending): Attributes {
  end['notiwire.delivery.status'] = status
  if (duplicate) end['notiwire.delivery.duplicate'] = true
  if (reason) end['notiwire.delivery.skip_reason'] = reason
  if (!error) return end
  end['notiwire.delivery.certainty'] = certaintyOf(error)
  return failed(end, error)
}

/** Adds why it failed, where it did. */
export function failed(end: Attributes, error: NotifyError | undefined): Attributes {
  if (error) end['error.type'] = errorTypeOf(error)
  return end
}

/** Errors of other copies of this package, and of drivers in plain JavaScript, may say what is in no table of ours. */
function errorTypeOf({ code }: NotifyError): string {
  return Object.hasOwn(FAILURES, code) ? code : '_OTHER'
}

function certaintyOf({ delivery }: NotifyError): string {
  return delivery === 'not_sent' ? delivery : 'unknown'
}
