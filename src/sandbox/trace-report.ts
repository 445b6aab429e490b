/** Reads what a Notify tells of a delivery. */
import { invalid } from '../core/parse.ts'
import type { TraceStep } from './captured.ts'
import type { TracedAttempt } from '../facade/sandbox/traced-deliveries.ts'
import type { TraceReport } from './traces.ts'

type Fields = Readonly<Record<string, unknown>>

const MOST = 1_000

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
export function readTraceReport(body: Fields): TraceReport {
  const { deliveryId, channel, steps, attempts } = body
  const wrong = [
    ['deliveryId', isText(deliveryId), 'expected a text'],
    ['channel', isText(channel), 'expected a text'],
    ['steps', isListOf(steps, isStep), `expected a list of at most ${MOST} steps`],
    ['attempts', isListOf(attempts, isAttempt), `expected a list of at most ${MOST} attempts`],
  ].filter(([, isRight]) => !isRight)
  if (wrong.length > 0) {
    throw invalid(
      'INVALID_CONFIG',
      wrong.map(([path, , message]) => ({ path: String(path), message: String(message) })),
    )
  }
  return {
    deliveryId: deliveryId as string,
    channel: channel as string,
    steps: steps as TraceStep[],
    attempts: attempts as TracedAttempt[],
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 10_000
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isOptional = (value: unknown, type: string) => value === undefined || typeof value === type

function isListOf(value: unknown, isRight: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= MOST && value.every(isRight)
}

function isStep(step: unknown): boolean {
  if (!isObject(step)) return false
  const { at, type, provider, attempt, ms, reason, error } = step
  const isError =
    error === undefined ||
    (isObject(error) && [error['code'], error['message'], error['delivery']].every(isText))
  const areTexts = isText(type) && isOptional(provider, 'string') && isOptional(reason, 'string')
  return (
    typeof at === 'number' && areTexts && isOptional(attempt, 'number') && isOptional(ms, 'number') && isError
  )
}

function isAttempt(attempt: unknown): boolean {
  if (!isObject(attempt)) return false
  const { provider, recipients, startedAt, endedAt, providerId } = attempt
  const isTimed = typeof startedAt === 'number' && typeof endedAt === 'number'
  return isText(provider) && isListOf(recipients, isText) && isTimed && isOptional(providerId, 'string')
}
