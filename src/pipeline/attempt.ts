/** Makes one try at a delivery through its driver, within the attempt timeout, and writes it down. */
import type { Clock } from '../core/clock.ts'
import { Attempt, type AttemptRecord, type Delivery, type Receipt } from '../core/delivery.ts'
import { changed, NotifyError } from '../core/errors.ts'
import type { Emit } from '../core/events.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { bareError } from '../core/redact.ts'
import type { DeadAddress } from '../core/stores.ts'
import type { Tracer } from '../core/tracer.ts'
import type { Run } from './compose.ts'
import { deadOf } from './dead-addresses.ts'
import type { Timeouts } from './timeouts.ts'
import { traced } from './traced.ts'

export interface AttemptBench {
  readonly clock: Clock
  readonly timeouts: Timeouts
  readonly emit: Emit | undefined
  readonly tracer: Tracer | undefined
  readonly onDead: ((dead: DeadAddress) => void) | undefined
}

export function attempt(notifier: AnyNotifier, bench: AttemptBench): Run {
  const { clock, timeouts } = bench
  return async (delivery) => {
    assertWanted(delivery, clock)
    const current = new Attempt(delivery, delivery.attempts.length + 1)
    const wait = timeouts.add(current, delivery.attemptTimeoutMs)
    const startedAt = clock.monotonic()
    delivery.current = current
    let error: NotifyError | undefined
    try {
      return await handOver(notifier, { current, delivery, tracer: bench.tracer })
    } catch (cause) {
      error = asNotifyError(cause)
      throw error
    } finally {
      delivery.current = undefined
      wait.cancel()
      record(notifier, { delivery, current, bench, ms: clock.monotonic() - startedAt, error })
    }
  }
}

/** @throws {NotifyError} why the try must not be made after all */
function assertWanted({ abortReason, expiresAt }: Delivery, clock: Clock): void {
  if (abortReason) throw changed(abortReason, { delivery: 'not_sent' })
  if (expiresAt !== undefined && clock.now() >= expiresAt) {
    throw new NotifyError('EXPIRED', 'The message expired before it could be sent')
  }
}

interface Handover {
  readonly current: Attempt
  readonly delivery: Delivery
  readonly tracer: Tracer | undefined
}

function handOver(notifier: AnyNotifier, { current, delivery, tracer }: Handover): Promise<Receipt> {
  const { id, channel, message, isBulk, waitMs } = delivery
  if (!tracer) return notifier.send(message, current)
  const facts = { id, channel, provider: notifier.provider, isBulk, attempt: current.attempt, waitMs }
  return traced(
    (run) => tracer.attempt(facts, run),
    () => notifier.send(message, current),
  )
}

interface Tried {
  readonly delivery: Delivery
  readonly current: Attempt
  readonly bench: AttemptBench
  readonly ms: number
  readonly error: NotifyError | undefined
}

function record(notifier: AnyNotifier, { delivery, current, bench, ms, error }: Tried): void {
  const { id, channel, waitMs } = delivery
  const made: AttemptRecord = {
    provider: notifier.provider,
    ms,
    ...(waitMs > 0 && { waitMs }),
    ...(error && { error }),
  }
  delivery.attempts.push(made)
  delivery.waitMs = 0
  bench.emit?.({ type: 'attempt', id, channel, at: bench.clock.now(), attempt: current.attempt, ...made })
  if (!bench.onDead) return
  for (const dead of deadOf(notifier, { delivery, current, error })) bench.onDead(dead)
}

function asNotifyError(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  return new NotifyError('DRIVER_FAILED', 'The driver overrides send and threw', { cause: bareError(cause) })
}
