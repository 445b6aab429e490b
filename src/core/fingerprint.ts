/** A short text that is the same for the same message, whatever the order of its fields. */
import { createHash } from 'node:crypto'

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('base64')

/** Streams and functions count by their kind only: they cannot be read without being spent. */
export function fingerprintOf(message: unknown): string {
  return sha256(JSON.stringify(message, canonical) ?? 'undefined')
}

/** Called with the object that holds the value as `this`, since values with a `toJSON` arrive converted. */
function canonical(this: unknown, key: string, converted: unknown): unknown {
  const value = (this as Record<string, unknown>)[key]
  if (value instanceof Uint8Array) return { bytes: sha256(value) }
  if (typeof value === 'bigint') return `${value}n`
  if (typeof converted !== 'object' || converted === null || Array.isArray(converted)) return converted
  const prototype: unknown = Object.getPrototypeOf(converted)
  if (prototype !== Object.prototype && prototype !== null)
    return { kind: Object.prototype.toString.call(converted) }
  return Object.fromEntries(Object.entries(converted).sort(([one], [other]) => (one < other ? -1 : 1)))
}
