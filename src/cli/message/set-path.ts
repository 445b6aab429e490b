/** Puts a value at a dotted path, such as `params.code` or `to.0`, into an object that grows as it needs. */
import { UsageError } from '../usage-error.ts'

export type Fields = Record<string, unknown>

/** Names that reach into the language itself. */
const FORBIDDEN = ['__proto__', 'prototype', 'constructor']

/** @throws {UsageError} where it is no path */
export function readPath(path: string): readonly string[] {
  const keys = path.split('.')
  if (keys.some((key) => key === '' || FORBIDDEN.includes(key))) {
    throw new UsageError(
      `expected a field such as params.code, received ${JSON.stringify(path.slice(0, 80))}`,
    )
  }
  return keys
}

/** A list begins with its item 0; other numbers are names, as those of a template's values may be. What stands in the way, such as a text where an object is needed, gives way. */
export function setPath(target: Fields, keys: readonly string[], value: unknown): void {
  let inner: Fields | unknown[] = target
  for (const [depth, key] of keys.entries()) {
    const next = keys[depth + 1]
    if (next === undefined) put(inner, key, value)
    else inner = childOf(inner, key, next === '0')
  }
}

function childOf(parent: Fields | unknown[], key: string, isList: boolean): Fields | unknown[] {
  const existing: unknown = (parent as Fields)[key]
  if (typeof existing === 'object' && existing !== null) return existing as Fields
  const child: Fields | unknown[] = isList ? [] : {}
  put(parent, key, child)
  return child
}

function put(target: Fields | unknown[], key: string, value: unknown): void {
  ;(target as Fields)[key] = value
}
