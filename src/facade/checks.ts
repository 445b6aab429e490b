/** How options are checked: every wrong one is named, with what was expected. */
import { MAX_DELAY_MS } from '../core/clock.ts'
import type { Issue } from '../core/errors.ts'

export type Check = (value: unknown) => string | undefined
export type Checks = Readonly<Record<string, Check>>

export const milliseconds: Check = (value) =>
  typeof value === 'number' && value > 0 && value <= MAX_DELAY_MS
    ? undefined
    : `expected milliseconds above 0 and at most ${MAX_DELAY_MS}, received ${kindOf(value)}`

/** `required` are the names that must be there. */
export function issuesOf(options: unknown, checks: Checks, required: readonly string[]): Issue[] {
  if (typeof options !== 'object' || options === null) {
    return [{ path: '', message: `expected an object, received ${kindOf(options)}` }]
  }
  const issues: Issue[] = required
    .filter((name) => !(name in options))
    .map((path) => ({ path, message: 'is required' }))
  for (const [path, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, path) ? checks[path] : undefined
    const known = Object.keys(checks).join(', ')
    const message = check ? value !== undefined && check(value) : `is not an option; the options are ${known}`
    if (message) issues.push({ path, message })
  }
  return issues
}

/** The same for an option that is an object of options; `name` is where it stands. */
export function issuesWithin(name: string, options: unknown, checks: Checks): Issue[] {
  return issuesOf(options, checks, []).map(({ path, message }) => {
    return { path: path ? `${name}.${path}` : name, message }
  })
}

/** An object with these methods, such as a store. */
export function withMethods(...names: readonly string[]): Check {
  return (value) => {
    const given = value as Readonly<Record<string, unknown>> | null | undefined
    const hasAll = names.every((name) => typeof given?.[name] === 'function')
    return hasAll
      ? undefined
      : `expected an object with the methods ${names.join(', ')}, received ${kindOf(value)}`
  }
}

/** What came, without quoting it: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
