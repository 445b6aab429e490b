/** A short text that is the same for the same message, whatever the order of its fields. */

/** Loaded when the first key is used: it takes as long as all the rest of the package root. */
const sha256 = (data: string | Uint8Array) =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(data).digest('base64')

/**
 * Everything that can be read without being spent counts, in instances of classes too; streams, functions and what
 * the runtime keeps to itself (a Blob, a Promise) count by their kind only.
 */
export function fingerprintOf(message: unknown): string {
  return sha256(JSON.stringify(canonical(message, [])) ?? 'undefined')
}

/** What no message holds by chance: `{ '\0bytes': ... }` is not what a caller wrote. */
const tagged = (tag: string, value: unknown) => ({ [`\0${tag}`]: value })

/** @param above the objects that hold the value, so that one that holds itself comes to an end */
function canonical(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : tagged('number', String(value))
  if (typeof value === 'bigint') return tagged('bigint', String(value))
  if (typeof value === 'function' || typeof value === 'symbol') return tagged('kind', typeof value)
  if (typeof value !== 'object' || value === null) return value
  const depth = above.indexOf(value)
  return depth >= 0 ? tagged('circle', depth) : readable(value, [...above, value])
}

function readable(value: object, above: readonly object[]): unknown {
  const inner = (item: unknown) => canonical(item, above)
  if (Array.isArray(value)) return value.map(inner)
  const bytes = bytesOf(value)
  if (bytes) return tagged('bytes', sha256(bytes))
  if (value instanceof Map) return tagged('map', [...value].map(inner))
  if (value instanceof Set) return tagged('set', [...value].map(inner))
  const kind = Object.prototype.toString.call(value)
  if (isStream(value)) return tagged('kind', kind)
  if (value instanceof RegExp) return tagged(kind, String(value))
  if (hasJson(value)) return tagged(kind, inner(value.toJSON()))
  return kind === '[object Object]' ? sorted(value, inner) : tagged(kind, sorted(value, inner))
}

function sorted(value: object, inner: (item: unknown) => unknown): unknown {
  const fields = Object.entries(value).map(([name, field]) => [name, inner(field)] as const)
  return Object.fromEntries(fields.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

function hasJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function isStream(value: object): boolean {
  const { pipe, getReader, next } = value as Readonly<Record<string, unknown>>
  return (
    [pipe, getReader, next].some((method) => typeof method === 'function') || Symbol.asyncIterator in value
  )
}
