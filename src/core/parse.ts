/** Where outside input becomes typed: the only caller of a schema. */
import { NotifyError, type Issue } from './errors.ts'
import { scrubber } from './redact.ts'
import type { SchemaIssue, StandardSchema } from './standard-schema.ts'

/**
 * Checks `input` and fills its defaults.
 * @throws {NotifyError} `code`, naming every wrong field, what was expected and what came
 */
export function parse<Input, Output>(
  schema: StandardSchema<Input, Output>,
  input: unknown,
  code: 'INVALID_MESSAGE' | 'INVALID_CONFIG',
): Output {
  const result = schema['~standard'].validate(input)
  if (result instanceof Promise) {
    // Nobody waits for it, and zod turns a check that throws into a promise that rejects.
    result.catch(() => undefined)
    const text =
      'The schema validates asynchronously, or a check of it threw; a driver’s schema is synchronous'
    throw new NotifyError('INVALID_CONFIG', text)
  }
  if (!result.issues) return result.value
  throw invalid(code, toIssues(result.issues, input))
}

/** An error that names every wrong field in one line. */
export function invalid(code: 'INVALID_MESSAGE' | 'INVALID_CONFIG', issues: readonly Issue[]): NotifyError {
  const text = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  return new NotifyError(code, text, { issues })
}

/** Strings of the input that are sought in what a schema library says: a bound for hostile inputs. */
const MAX_QUOTED = 1000

/** What zod adds to an issue of a union: the issues of each of its branches. */
interface UnionIssue extends SchemaIssue {
  readonly code?: string
  readonly errors?: readonly (readonly SchemaIssue[])[]
}

function toIssues(issues: readonly SchemaIssue[], input: unknown): Issue[] {
  const scrub = scrubber(recognisable(input).slice(0, MAX_QUOTED))
  return issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ path, message }) => ({
      path: path.join('.'),
      message: scrub(withReceived(message, valueAt(input, path))),
    }))
}

/** A union fails with "Invalid input" alone: the branch that came nearest says what is really wrong. */
function flatten(issue: UnionIssue, parent: readonly string[]): { path: string[]; message: string }[] {
  const path = [
    ...parent,
    ...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)),
  ]
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0)
  if (branches.length === 0) return [{ path, message: issue.message }]
  const depth = (branch: readonly SchemaIssue[]) => Math.max(...branch.map(({ path: at }) => at?.length ?? 0))
  const deepest = Math.max(...branches.map(depth))
  const nearest = branches.filter((branch) => depth(branch) === deepest)
  if (deepest === 0) {
    const texts = [...new Set(nearest.flatMap((branch) => branch.map(({ message }) => message)))]
    return [{ path, message: texts.join(' or ') }]
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
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  return `a ${typeof value}`
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  let value: unknown = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Strings of the input that would give someone away if a schema library quoted them; plain words cannot. */
function recognisable(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return value.length >= 6 && !/^[a-z ]+$/i.test(value) ? [value] : []
  if (typeof value !== 'object' || value === null || depth > 6 || ArrayBuffer.isView(value)) return []
  return Object.values(value).flatMap((inner) => recognisable(inner, depth + 1))
}
