/** Where outside input becomes typed: the only caller of a schema. */
import { NotifyError, type Issue } from './errors.ts'
import { bareError, scrubber } from './redact.ts'
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts'

const MAX_TEXTS = 500
const MAX_DEPTH = 6

/**
 * Checks `input` and fills its defaults.
 * @throws {NotifyError} `code`, naming every wrong field, what was expected and what came
 */
export function parse<Input, Output>(
  schema: StandardSchema<Input, Output>,
  input: unknown,
  code: 'INVALID_MESSAGE' | 'INVALID_CONFIG',
): Output {
  const result = validate(schema, input)
  if (!result.issues) return result.value
  const isQuoting = schema['~standard'].vendor !== 'zod'
  throw invalid(code, toIssues(result.issues, input, isQuoting))
}

function validate<Input, Output>(
  schema: StandardSchema<Input, Output>,
  input: unknown,
): SchemaResult<Output> {
  let result: SchemaResult<Output> | Promise<SchemaResult<Output>>
  try {
    result = schema['~standard'].validate(input)
  } catch (thrown) {
    const cause = bareError(thrown, scrubber(textsOf(input)))
    throw new NotifyError('DRIVER_FAILED', 'A check of the schema threw', { delivery: 'not_sent', cause })
  }
  if (!(result instanceof Promise)) return result
  // Nobody waits for it, and zod turns a check that throws into a promise that rejects.
  result.catch(() => undefined)
  const text = 'The schema validates asynchronously, or a check of it threw; a driver’s schema is synchronous'
  throw new NotifyError('DRIVER_FAILED', text, { delivery: 'not_sent' })
}

/** An error that names every wrong field in one line. */
export function invalid(code: 'INVALID_MESSAGE' | 'INVALID_CONFIG', issues: readonly Issue[]): NotifyError {
  const text = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  return new NotifyError(code, text, { issues })
}

/** What zod adds to an issue of a union, the issues of each of its branches; and of a strict object. */
interface ZodIssue extends SchemaIssue {
  readonly errors?: readonly (readonly SchemaIssue[])[]
  readonly keys?: readonly string[]
}

interface FlatIssue {
  readonly path: readonly string[]
  readonly message: string
  readonly keys: readonly string[]
}

/** @param isQuoting whether the library's own texts may quote what came; zod's do not, but a user's texts may */
function toIssues(issues: readonly SchemaIssue[], input: unknown, isQuoting: boolean): Issue[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ path, message, keys }) => {
      const value = valueAt(input, path)
      const texts = textsOf(value).filter((text) => isQuoting || /@|\d{4}/.test(text) || text.length > 32)
      const scrub = scrubber([...texts, ...keys.filter(isAddress)])
      const shownPath = path.map((part) => (isAddress(part) ? '[redacted]' : part)).join('.')
      return { path: shownPath, message: withReceived(scrub(message), value) }
    })
}

/** A key that came may be an address as well as a value may. */
const isAddress = (key: string): boolean => /@|^\+?\d{5,}$/.test(key) || key.length > 64

/** A union fails with "Invalid input" alone: the branch that came nearest says what is really wrong. */
function flatten(issue: ZodIssue, parent: readonly string[]): FlatIssue[] {
  const path = [
    ...parent,
    ...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)),
  ]
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0)
  if (branches.length === 0) return [{ path, message: issue.message, keys: issue.keys ?? [] }]
  const depth = (branch: readonly SchemaIssue[]) => Math.max(...branch.map(({ path: at }) => at?.length ?? 0))
  const deepest = Math.max(...branches.map(depth))
  const nearest = branches.filter((branch) => depth(branch) === deepest)
  if (deepest === 0) {
    const texts = [...new Set(nearest.flatMap((branch) => branch.map(({ message }) => message)))]
    return [{ path, message: texts.join(' or '), keys: [] }]
  }
  return [...nearest].sort((a, b) => a.length - b.length)[0]?.flatMap((inner) => flatten(inner, path)) ?? []
}

function withReceived(message: string, value: unknown): string {
  const isTold =
    /received/i.test(message) || (typeof value === 'object' && value !== null && !Array.isArray(value))
  return isTold ? message : `${message}, received ${describe(value)}`
}

/** Says what kind of value came without saying the value: it may be a secret or an address. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return `a ${typeof value}`
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value: unknown = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.getOwnPropertyDescriptor(value, key)?.value
  }
  return value
}

/** The first strings inside a value: a bound, for hostile inputs are large. */
function textsOf(value: unknown): string[] {
  const texts: string[] = []
  const visit = (inner: unknown, depth: number): void => {
    if (texts.length >= MAX_TEXTS || depth > MAX_DEPTH || ArrayBuffer.isView(inner)) return
    if (typeof inner === 'string') texts.push(inner)
    else if (typeof inner === 'object' && inner !== null)
      partsOf(inner).forEach((part) => visit(part, depth + 1))
  }
  visit(value, 0)
  return texts
}

function partsOf(value: object): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((property): unknown => property.value)
}
