/** What the doctor's tests share: a clock that is off, and short questions about what was found. */
import { systemClock, type Clock } from '../../../src/core/clock.ts'
import type { AnyNotifier } from '../../../src/core/notifier.ts'
import { examine, type Examination, type ExamineOptions } from '../../../src/cli/doctor/examine.ts'
import type { CheckName, Finding } from '../../../src/cli/doctor/finding.ts'

export const MINUTE_MS = 60_000

/** A machine whose clock is this far from the truth; above 0 it is fast. */
export function clockOff(ms: number): Clock {
  return { ...systemClock, now: () => Date.now() + ms }
}

/** Examines the one driver, and closes it. */
export async function examineOne(
  notifier: AnyNotifier,
  options: Partial<ExamineOptions> = {},
): Promise<Examination> {
  try {
    const defaults = { clock: systemClock, timeoutMs: 5000 }
    const [examination] = await examine({ channel: notifier }, { ...defaults, ...options })
    if (!examination) throw new Error('nothing was examined')
    return examination
  } finally {
    await notifier.close()
  }
}

export function finding({ findings }: Examination, name: CheckName): Finding | undefined {
  return findings.find((one) => one.name === name)
}

/** Names of the checks by their status. */
export function statuses({ findings }: Examination): Record<string, string> {
  return Object.fromEntries(findings.map(({ name, status }) => [name, status]))
}
