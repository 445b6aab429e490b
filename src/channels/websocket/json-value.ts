/** Finds what JSON cannot carry, before it is dropped in silence. */

export interface JsonIssue {
  readonly path: readonly string[]
  readonly message: string
}

/** Deeper data is a mistake, and would overflow parsers. */
const MAX_DEPTH = 64
const EXPECTED: Readonly<Record<string, string>> = {
  bigint: 'expected a JSON value; write a bigint as a string',
  function: 'expected a JSON value',
  symbol: 'expected a JSON value',
  undefined: 'expected a JSON value',
}

/** Every place of `value` that JSON would lose or refuse; empty where it carries all of it. */
export function jsonIssues(value: unknown): JsonIssue[] {
  const issues: JsonIssue[] = []
  walk(value, { path: [], parents: [], issues })
  return issues
}

interface Walk {
  readonly path: readonly string[]
  readonly parents: readonly object[]
  readonly issues: JsonIssue[]
}

function walk(value: unknown, at: Walk): void {
  const message = issueOf(value, at.parents)
  if (message !== undefined) {
    at.issues.push({ path: at.path, message })
    return
  }
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return
  const parents = [...at.parents, value]
  for (const [key, inner] of Object.entries(value)) {
    // JSON.stringify leaves an undefined field out, which is what its writer means by it.
    if (inner === undefined && !Array.isArray(value)) continue
    walk(inner, { path: [...at.path, key], parents, issues: at.issues })
  }
}

function issueOf(value: unknown, parents: readonly object[]): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'expected a finite number'
  if (typeof value !== 'object' || value === null) return EXPECTED[typeof value]
  if (parents.includes(value)) return 'expected a JSON value; it contains itself'
  if (parents.length >= MAX_DEPTH) return `expected at most ${MAX_DEPTH} levels`
  const isOpaque = value instanceof Map || value instanceof Set || value instanceof Promise
  return isOpaque ? 'expected a JSON value; use a plain object or an array' : undefined
}
