/** Judges this machine's clock by what servers say, and by what they refuse. */
import { failed, ok, skipped, warning, type Finding } from './finding.ts'

const MINUTE_MS = 60_000
const WORTH_A_WARNING_MS = MINUTE_MS

/**
 * How far off a signature or a token may be made, in milliseconds.
 * Sources, read 2026-11-23: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature,
 * https://cloud.tencent.com/document/api/382/52075 (AuthFailure.SignatureExpire),
 * https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 */
const TOLERANCE_MS: Readonly<Record<string, number>> = {
  aliyun: 15 * MINUTE_MS,
  tencent: 5 * MINUTE_MS,
  apns: 60 * MINUTE_MS,
}

/** Refusals that are about time and nothing else. */
const SAYS_CLOCK: ReadonlySet<string> = new Set([
  'InvalidTimeStamp.Expired',
  'AuthFailure.SignatureExpire',
  'InternalError.RequestTimeException',
])

/** Refusals that a wrong clock explains, and other things too. */
const MAY_BE_CLOCK: ReadonlySet<string> = new Set(['InvalidProviderToken', 'ExpiredProviderToken'])

export interface ClockEvidence {
  readonly provider: string
  /** Ours less theirs, in milliseconds; nothing where no server told. */
  readonly skewMs: number | undefined
  /** With what the provider refused our credentials. */
  readonly refusal: string | undefined
}

/** Whether the provider refused for the clock, as far as can be known. */
export function isClockRefusal({ skewMs, refusal = '' }: ClockEvidence): boolean {
  return SAYS_CLOCK.has(refusal) || (MAY_BE_CLOCK.has(refusal) && Math.abs(skewMs ?? 0) > WORTH_A_WARNING_MS)
}

export function judgeClock(evidence: ClockEvidence): Finding {
  const { provider, skewMs, refusal } = evidence
  const isRefused = isClockRefusal(evidence)
  if (skewMs === undefined) {
    if (!isRefused) return skipped('clock', 'no server told its time')
    const message = 'the provider refuses the time that this machine signs with'
    return failed('clock', { message, fix: SET_CLOCK, code: 'UNAUTHORIZED', providerCode: refusal })
  }
  const offMs = Math.abs(skewMs)
  if (offMs <= WORTH_A_WARNING_MS && !isRefused)
    return ok('clock', `within ${inWords(offMs)} of the server's`)
  const message = `this machine's clock is ${inWords(offMs)} ${skewMs > 0 ? 'fast' : 'slow'}`
  const isIntolerable = isRefused || offMs > (TOLERANCE_MS[provider] ?? Number.POSITIVE_INFINITY)
  if (!isIntolerable) return warning('clock', { message, fix: SET_CLOCK })
  const providerCode = isRefused ? refusal : undefined
  return failed('clock', { message, fix: SET_CLOCK, code: 'UNAUTHORIZED', providerCode })
}

export const SET_CLOCK =
  "Set this machine's clock and keep it set by NTP: timedatectl set-ntp true (systemd) or chronyd; in a container, on its host"

function inWords(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.max(1, Math.round(ms / 1000))} s`
  const minutes = Math.round(ms / MINUTE_MS)
  if (minutes < 120) return `${minutes} minutes`
  return `${Math.round(minutes / 60)} hours`
}
