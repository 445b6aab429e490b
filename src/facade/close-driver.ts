/** Closes one driver within bounds, so that a stuck one holds nobody up. */
import type { Clock, Timer } from '../core/clock.ts'
import type { AnyNotifier } from '../core/notifier.ts'

/** How long one driver may take to close once nothing is in flight. */
const CLOSE_TIMEOUT_MS = 10_000

/** @throws {NotifyError} what went wrong, secrets cut out */
export async function closeDriver(driver: AnyNotifier, clock: Clock): Promise<void> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(
      () => reject(new Error(`Not closed within ${CLOSE_TIMEOUT_MS} ms`)),
      CLOSE_TIMEOUT_MS,
    )
  })
  try {
    await Promise.race([driver.close(), late])
  } catch (cause) {
    throw driver.explain(cause)
  } finally {
    timer?.cancel()
  }
}
