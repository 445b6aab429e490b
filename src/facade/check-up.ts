/** Asks a driver whether its credentials hold, and says what it found. */
import type { Clock } from '../core/clock.ts'
import { Attempt } from '../core/delivery.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import type { Timeouts } from '../pipeline/timeouts.ts'
import { toNotifyError } from './failures.ts'
import type { VerifyResult } from './result.ts'

export interface CheckUp {
  readonly clock: Clock
  /** Where it waits, so that closing can give it up. */
  readonly deadlines: Timeouts
  readonly timeoutMs: number
  /** @throws {NotifyError} CLOSED */
  readonly assertOpen: () => void
}

export async function checkUp(notifier: AnyNotifier, on: CheckUp): Promise<VerifyResult> {
  const { clock, deadlines, timeoutMs, assertOpen } = on
  const { provider } = notifier
  const startedAt = clock.monotonic()
  const check = new Attempt({ id: crypto.randomUUID(), attemptTimeoutMs: timeoutMs })
  const wait = deadlines.add(check, timeoutMs)
  try {
    assertOpen()
    const isChecked = await notifier.verify(check)
    return { status: isChecked ? 'ok' : 'unchecked', provider, ms: clock.monotonic() - startedAt }
  } catch (cause) {
    const ms = clock.monotonic() - startedAt
    return { status: 'failed', provider, ms, error: toNotifyError(cause, false) }
  } finally {
    wait.cancel()
  }
}
