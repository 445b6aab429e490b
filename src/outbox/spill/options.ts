/** The options of a spill, and their checks. */
import { hasMethods } from '../../core/checks.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import type { Issue } from '../../core/errors.ts'
import type { Outbox } from '../../core/outbox.ts'
import { invalid } from '../../core/parse.ts'

export interface SpillOptions {
  /** Of this process, or this host: `embedded({...})`. */
  readonly local: Outbox
  /** What all hosts share: `bullmq({...})`. */
  readonly shared: Outbox
  /** How often a server that is away is tried, in milliseconds. @default 1_000 */
  readonly retryMs?: number | undefined
  /** Where the time comes from; for tests. */
  readonly clock?: Clock | undefined
}

export interface SpillSettings {
  readonly local: Outbox
  readonly shared: Outbox
  readonly retryMs: number
  readonly clock: Clock
}

/** @throws {NotifyError} INVALID_CONFIG, naming every wrong option */
export function readOptions(options: SpillOptions): SpillSettings {
  const { local, shared, retryMs = 1_000, clock = systemClock } = options
  const issues: Issue[] = [
    ...issueOf('local', local),
    ...issueOf('shared', shared),
    ...(typeof retryMs === 'number' && retryMs >= 1 && retryMs <= 600_000
      ? []
      : [{ path: 'retryMs', message: 'expected milliseconds from 1 to 600000' }]),
  ]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  return { local, shared, retryMs, clock }
}

function issueOf(path: string, outbox: unknown): Issue[] {
  return hasMethods(outbox, 'enqueue', 'consume') ? [] : [{ path, message: 'expected an outbox' }]
}
