/** Some versions of SQLite for Node cut a text at its first NUL. */
import type { OutboxJob } from '../../core/outbox.ts'
import { invalid } from '../../core/parse.ts'

/** @throws {NotifyError} INVALID_MESSAGE, before a job like that is part of a group of others */
export function refuseNul(jobs: readonly OutboxJob[]): void {
  const issues = jobs.flatMap((job) =>
    (['id', 'channel', 'payload', 'key'] as const)
      .filter((name) => job[name]?.includes('\0'))
      .map((path) => ({ path, message: 'holds a NUL character, which the outbox cannot keep' })),
  )
  if (issues.length > 0) throw invalid('INVALID_MESSAGE', issues)
}
