/** What follows an attempt of a durable delivery that did not succeed. */
import type { NotifyError } from '../core/errors.ts'
import { FAILURES } from '../core/failures.ts'
import { fullJitterMs, type Backoff } from './backoff.ts'

/** The outbox's own schedule, which stands in for the retries of a direct send. */
export interface Schedule extends Backoff {
  /** How many attempts are made in all. */
  readonly tries: number
  /** A delivery that is older than this, in milliseconds, is given up. */
  readonly giveUpAfterMs: number
}

export interface Circumstances {
  /** The first is 1. */
  readonly attempt: number
  /** Whether a provider was asked at all. */
  readonly wasTried: boolean
  /** What follows where nobody can tell whether it was sent; `ask`: the provider will be asked. */
  readonly onUnknown: 'retry' | 'hold' | 'ask'
  /** How long it may still wait, in milliseconds. */
  readonly leftMs: number
  readonly schedule: Schedule
}

export interface Next {
  /** `defer`: somebody asked for it, and it uses no attempt. */
  readonly type: 'retry' | 'defer'
  readonly delayMs: number
  /** Whether others on the channel would have to wait too. */
  readonly isForAll: boolean
}

export type Verdict = { readonly type: 'dead' | 'unknown' } | Next

/** A provider's record may lag behind what it accepted. */
const ASK_AFTER_MS = 10_000

export function verdictOf(error: NotifyError, on: Circumstances): Verdict {
  const last = error.delivery === 'unknown' ? 'unknown' : 'dead'
  const next = nextOf(error, on)
  if (!next) return { type: last }
  if (next.type === 'retry' && on.attempt >= on.schedule.tries) return { type: last }
  return next.delayMs >= on.leftMs ? { type: last } : next
}

function nextOf(error: NotifyError, on: Circumstances): Next | undefined {
  if (error.delivery === 'unknown') return afterUnknown(error, on)
  // The SDK is being closed: it is for the next process, or the next start of this one.
  if (error.code === 'CLOSED' || error.code === 'ABORTED') {
    return { type: 'defer', delayMs: 0, isForAll: false }
  }
  if (!mayPass(error)) return undefined
  const delayMs = (error.retryAfterMs ?? 0) + backoffMs(on)
  const isForAll = error.code === 'CIRCUIT_OPEN' || (error.scope === 'quota' && hasAsked(error))
  return { type: hasAsked(error) || !on.wasTried ? 'defer' : 'retry', delayMs, isForAll }
}

/** Credentials are mended and quotas renewed while the outbox waits; a message stays as wrong as it is. */
function mayPass({ code, scope }: NotifyError): boolean {
  return FAILURES[code].retry !== 'no' || scope === 'credentials' || scope === 'quota'
}

/** Whether the provider, or a limit of ours, said how long to wait. */
function hasAsked({ retryAfterMs, scope }: NotifyError): boolean {
  return retryAfterMs !== undefined && scope !== 'credentials'
}

function afterUnknown({ retryAfterMs = 0 }: NotifyError, on: Circumstances): Next | undefined {
  if (on.onUnknown === 'hold') return undefined
  const delayMs = retryAfterMs + backoffMs(on)
  const isAsked = on.onUnknown === 'ask'
  return { type: 'retry', delayMs: isAsked ? Math.max(delayMs, ASK_AFTER_MS) : delayMs, isForAll: false }
}

/** The outbox keeps whole milliseconds only. */
function backoffMs({ attempt, schedule }: Circumstances): number {
  return Math.ceil(fullJitterMs(attempt, schedule))
}
