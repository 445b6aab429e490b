/** A message as text, and back: what an outbox keeps of it, whatever JSON cannot hold included. */
import type { Issue } from './errors.ts'
import { invalid } from './parse.ts'

/** No field that a caller wrote is taken for one of these: an object with a field that begins so is tagged itself. */
const TAG = '$'

/**
 * Bytes, dates, URLs, maps, sets and big integers come back as what they were; a Uint8Array as a Buffer. Fields that are
 * undefined are left out.
 * @throws {NotifyError} INVALID_MESSAGE, naming every field that cannot be kept: streams, functions, instances of other classes
 */
export function writeMessage(message: unknown): unknown {
  const issues: Issue[] = []
  const stored = new Writer(issues).write(message, [])
  if (issues.length > 0) throw invalid('INVALID_MESSAGE', issues)
  return stored
}

export function readMessage(stored: unknown): unknown {
  if (Array.isArray(stored)) return stored.map(readMessage)
  if (typeof stored !== 'object' || stored === null) return stored
  const [[name = '', value] = []] = Object.entries(stored)
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined
  return read ? read(value) : objectOf(Object.entries(stored))
}

const READERS: Readonly<Record<string, (value: unknown) => unknown>> = {
  [`${TAG}bytes`]: (value) => Buffer.from(String(value), 'base64'),
  [`${TAG}date`]: (value) => new Date(typeof value === 'number' ? value : Number.NaN),
  // In a list: fields that are undefined are left out.
  [`${TAG}undefined`]: () => undefined,
  [`${TAG}number`]: Number,
  [`${TAG}bigint`]: (value) => BigInt(String(value)),
  [`${TAG}url`]: (value) => new URL(String(value)),
  [`${TAG}map`]: (value) => new Map(readMessage(value) as [unknown, unknown][]),
  [`${TAG}set`]: (value) => new Set(readMessage(value) as unknown[]),
  [`${TAG}object`]: (value) => objectOf(value as [string, unknown][]),
}

/** Also of a field named `__proto__`, which is a field like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries.map(([name, value]) => [name, readMessage(value)]))
}

type Path = readonly (string | number)[]

class Writer {
  readonly #issues: Issue[]
  readonly #above = new Set<object>()

  constructor(issues: Issue[]) {
    this.#issues = issues
  }

  write(value: unknown, path: Path): unknown {
    if (typeof value === 'object') return value === null ? null : this.#object(value, path)
    if (typeof value === 'bigint') return tagged('bigint', String(value))
    if (value === undefined) return tagged('undefined', 0)
    if (Object.is(value, -0)) return tagged('number', '-0')
    if (typeof value === 'number' && !Number.isFinite(value)) return tagged('number', String(value))
    const isCode = typeof value === 'function' || typeof value === 'symbol'
    return isCode ? this.#refuse(path, `a ${typeof value}`) : value
  }

  #object(value: object, path: Path): unknown {
    if (this.#above.has(value)) return this.#refuse(path, 'an object that holds itself')
    this.#above.add(value)
    try {
      return plain(value) ?? this.#holder(value, path)
    } finally {
      this.#above.delete(value)
    }
  }

  /** What holds other values. */
  #holder(value: object, path: Path): unknown {
    if (Array.isArray(value)) return value.map((item: unknown, at) => this.write(item, [...path, at]))
    if (value instanceof Map) return tagged('map', this.write([...value], path))
    if (value instanceof Set) return tagged('set', this.write([...value], path))
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return this.#refuse(path, kindOf(value))
    const entries = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, this.write(field, [...path, name])] as const)
    const isTagLike = entries.some(([name]) => name.startsWith(TAG) || name === '__proto__')
    return isTagLike ? tagged('object', entries) : Object.fromEntries(entries)
  }

  #refuse(path: Path, what: string): undefined {
    const message = `cannot be kept in the outbox: expected plain data, such as a Buffer or the path of a file, received ${what}`
    this.#issues.push({ path: path.join('.'), message })
    return undefined
  }
}

function tagged(kind: string, value: unknown): object {
  return { [`${TAG}${kind}`]: value }
}

/** What holds no other values; nothing where it is none of these. */
function plain(value: object): object | undefined {
  if (value instanceof Date) return tagged('date', Number.isNaN(value.getTime()) ? null : value.getTime())
  if (value instanceof URL) return tagged('url', value.href)
  if (value instanceof ArrayBuffer) return tagged('bytes', Buffer.from(value).toString('base64'))
  if (!ArrayBuffer.isView(value)) return undefined
  return tagged('bytes', Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'))
}

function kindOf(value: object): string {
  const { pipe, getReader } = value as Readonly<Record<string, unknown>>
  if (typeof pipe === 'function' || typeof getReader === 'function') return 'a stream'
  return `an instance of a class (${Object.prototype.toString.call(value)})`
}
