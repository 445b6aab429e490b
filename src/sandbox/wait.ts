/** Waits for a message that tests expect. */
import type { Clock } from '../core/clock.ts'
import type { WaitQuery } from './api.ts'
import type { CapturedMessage } from './captured.ts'
import type { Inbox } from './inbox.ts'

const USUAL_MS = 5_000

export interface Waiting {
  readonly clock: Clock
  /** @default 5000 */
  readonly timeoutMs?: number | undefined
  /** Calls `heard` when nobody waits any more. */
  readonly gone: (heard: () => void) => void
}

/** @returns nothing where none came in time */
export function waitFor(
  inbox: Inbox,
  query: WaitQuery,
  { clock, timeoutMs = USUAL_MS, gone }: Waiting,
): Promise<CapturedMessage | undefined> {
  const here = inbox.find(query)
  if (here) return Promise.resolve(here)
  return new Promise((resolve) => {
    const end = (found?: CapturedMessage) => {
      stop()
      timer.cancel()
      resolve(found)
    }
    const timer = clock.setTimeout(() => end(), timeoutMs)
    const stop = inbox.listen(({ type }) => {
      const found = type === 'captured' || type === 'changed' ? inbox.find(query) : undefined
      if (found) end(found)
    })
    gone(() => end())
  })
}
