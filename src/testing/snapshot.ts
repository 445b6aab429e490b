/** Copies what an app wrote, so that what it does to its object afterwards changes nothing. */

/** Plain objects and lists are copied, anything else (streams, bytes, class instances) is kept as it is. */
export function snapshotOf(value: unknown, seen = new Map<object, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = seen.get(value)
  if (known !== undefined) return known
  if (Array.isArray(value)) {
    const list: unknown[] = []
    seen.set(value, list)
    for (const item of value) list.push(snapshotOf(item, seen))
    return list
  }
  if (!isPlain(value)) return value
  const copy: Record<string, unknown> = {}
  seen.set(value, copy)
  for (const [key, field] of Object.entries(value)) {
    // Not by assignment: a field may be named __proto__.
    const own = { value: snapshotOf(field, seen), enumerable: true, writable: true, configurable: true }
    Object.defineProperty(copy, key, own)
  }
  return copy
}

/** Also of another realm, such as jest's sandbox, whose Object is not ours. */
function isPlain(value: object): boolean {
  const proto: unknown = Object.getPrototypeOf(value)
  return proto === null || Object.getPrototypeOf(proto) === null
}
