/** Checks options that are counts or lengths of time. */
import type { Issue } from './errors.ts'

/** @param values by where they stand; absent ones are right */
export function issuesOfPositive(values: Readonly<Record<string, unknown>>): Issue[] {
  return Object.entries(values).flatMap(([path, value]) => {
    if (value === undefined || (typeof value === 'number' && value > 0)) return []
    const received = typeof value === 'number' ? String(value) : `a value of type ${typeof value}`
    return [{ path, message: `expected a number above 0, received ${received}` }]
  })
}
