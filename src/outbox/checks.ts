/** The checks that the options of all outboxes share; unlike those of the facade they do not tell what came instead. */
import { issuesOfEach, type Check, type Checks, type CheckWithin } from '../core/checks.ts'

/** @param what in words, such as `an outbox` */
export function expecting(what: string, isRight: (value: unknown) => boolean): Check {
  return (value) => (isRight(value) ? undefined : `expected ${what}`)
}

export function wholeNumberFrom(least: number): Check {
  return expecting(
    `a whole number of ${least} or more`,
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= least,
  )
}

/** An object of options of its own. */
export function within(checks: Checks): CheckWithin {
  return (value, path) => {
    if (!isObject(value)) return [{ path, message: 'expected an object' }]
    return issuesOfEach(value, checks).map((issue) => ({ ...issue, path: `${path}.${issue.path}` }))
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
