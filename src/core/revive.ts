/** Reads back an error that was written as JSON: by another process, perhaps by another version of this package. */
import { NotifyError, type Issue, type ProviderReply, type RecipientReason } from './errors.ts'
import { FAILURES, type Certainty, type Failure, type FailureCode } from './failures.ts'

const CERTAINTIES: readonly Certainty[] = ['not_sent', 'unknown']
const REASONS: readonly RecipientReason[] = ['invalid', 'refused', 'unsubscribed']
const SCOPES: readonly Failure['scope'][] = Object.values(FAILURES).map(({ scope }) => scope)

/** @returns nothing where it is no error that this version knows */
export function revive(json: unknown): NotifyError | undefined {
  const { code, message, ...told } = fieldsOf(json)
  if (!isCode(code) || typeof message !== 'string') return undefined
  return new NotifyError(code, message, {
    delivery: oneOf(CERTAINTIES, told['delivery']),
    scope: oneOf(SCOPES, told['scope']),
    reason: oneOf(REASONS, told['reason']),
    retryAfterMs: numberIn(told['retryAfterMs']),
    since: dateIn(told['since']),
    provider: providerIn(told['provider']),
    issues: issuesIn(told['issues']),
  })
}

/** The fields of an object; none of anything else. */
export function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
}

function isCode(code: unknown): code is FailureCode {
  return typeof code === 'string' && Object.hasOwn(FAILURES, code)
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value)
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function dateIn(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined
  return date && !Number.isNaN(date.getTime()) ? date : undefined
}

function providerIn(value: unknown): ProviderReply | undefined {
  const { code, message, requestId, status } = fieldsOf(value)
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return {
    ...{ code, message },
    ...(typeof requestId === 'string' && { requestId }),
    ...(typeof status === 'number' && { status }),
  }
}

function issuesIn(value: unknown): Issue[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap((issue: unknown) => {
    const { path, message } = fieldsOf(issue)
    return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : []
  })
}
