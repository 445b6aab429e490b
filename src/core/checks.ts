/** How options are checked: every wrong one is named, with what was expected. */
import { MAX_DELAY_MS } from './clock.ts'
import type { Issue } from './errors.ts'

/** What is wrong with a value, in words. */
export type Check = (value: unknown) => string | undefined
/** The same for a value that has parts: what is wrong with each, by where it stands below `path`. */
export type CheckWithin = (value: unknown, path: string) => readonly Issue[]
/** By the name of the option. */
export type Checks = Readonly<
  Record<string, (value: unknown, path: string) => ReturnType<Check | CheckWithin>>
>

/** @param what in words, such as `a string` */
export function expecting(what: string, isRight: (value: unknown) => boolean): Check {
  return (value) => (isRight(value) ? undefined : `expected ${what}, received ${kindOf(value)}`)
}

export const milliseconds: Check = expecting(
  `milliseconds above 0 and at most ${MAX_DELAY_MS}`,
  (value) => typeof value === 'number' && value > 0 && value <= MAX_DELAY_MS,
)

export const trueOrFalse: Check = expecting('true or false', (value) => typeof value === 'boolean')

export const isFunction: Check = expecting('a function', (value) => typeof value === 'function')

export function wholeNumber(least: number, most: number): Check {
  return expecting(
    `a whole number from ${least} to ${most}`,
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
  )
}

/** An object with these methods, such as a store. */
export function withMethods(...names: readonly string[]): Check {
  return expecting(`an object with the methods ${names.join(', ')}`, (value) => hasMethods(value, ...names))
}

export function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  const given = value as Readonly<Record<string, unknown>> | null | undefined
  return names.every((name) => typeof given?.[name] === 'function')
}

export function isClock(value: unknown): boolean {
  return hasMethods(value, 'now', 'monotonic', 'setTimeout')
}

/** `required` are the names that must be there. */
export function issuesOf(options: unknown, checks: Checks, required: readonly string[]): Issue[] {
  if (typeof options !== 'object' || options === null) {
    return [{ path: '', message: `expected an object, received ${kindOf(options)}` }]
  }
  const missing = required.filter((name) => !(name in options))
  return [...missing.map((path) => ({ path, message: 'is required' })), ...issuesOfEach(options, checks)]
}

/** The same for an option that is an object of options; `name` is where it stands. */
export function issuesWithin(name: string, options: unknown, checks: Checks): Issue[] {
  return issuesOf(options, checks, []).map(({ path, message }) => {
    return { path: path ? `${name}.${path}` : name, message }
  })
}

/** What is wrong with what an object holds; an option that is undefined is right. */
export function issuesOfEach(options: object, checks: Checks): Issue[] {
  return Object.entries(options).flatMap(([path, value]: [string, unknown]) => {
    const check = Object.hasOwn(checks, path) ? checks[path] : undefined
    const known = Object.keys(checks).join(', ')
    if (!check) return [{ path, message: `is not an option; the options are ${known}` }]
    const wrong = value === undefined ? undefined : check(value, path)
    return typeof wrong === 'string' ? [{ path, message: wrong }] : (wrong ?? [])
  })
}

/** What came, without quoting it: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
