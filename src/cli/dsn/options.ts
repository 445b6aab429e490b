/** The options after a DSN's `?`: which a scheme knows, and what they become in the driver's configuration. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** `file`: the text of a file; `path`: where a file is, for the driver to read. */
export type OptionKind = 'text' | 'number' | 'boolean' | 'file' | 'path'

export interface OptionSpec {
  readonly kind: OptionKind
  /** Where it goes in the configuration, such as `pool.maxConnections`. @default its name */
  readonly to?: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

export interface ReadOptions {
  readonly values: Readonly<Record<string, unknown>>
  readonly faults: readonly string[]
}

const WORDS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false }

/** @param cwd where relative file names start */
export function readOptions(
  given: readonly (readonly [string, string])[],
  specs: OptionSpecs,
  cwd: string,
): ReadOptions {
  const values: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [index, [name, text]] of given.entries()) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
    if (!spec) faults.push(unknownOption(index, name, Object.keys(specs)))
    else if (Object.hasOwn(values, name)) faults.push(`the option ${name} is given twice`)
    else {
      const read = readValue(text, spec.kind, cwd)
      if ('fault' in read) faults.push(`the option ${name}: ${read.fault}`)
      else values[name] = read.value
    }
  }
  return { values, faults }
}

/** It is not quoted: after an unencoded "?" it is a piece of a password. */
function unknownOption(index: number, name: string, known: readonly string[]): string {
  const meant = known.find((option) => isNear(option.toLowerCase(), name.toLowerCase()))
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return `option ${index + 1} after the "?" is not known; the options are ${known.join(', ')}${hint}`
}

/** Whether one letter more, less or other, or two that have changed places, makes one of the other. */
function isNear(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false
  const start = [...one].findIndex((char, index) => char !== other[index])
  if (start < 0) return true
  const ends = [one.slice(start), other.slice(start)] as const
  return (
    ends[0].slice(1) === ends[1] ||
    ends[1].slice(1) === ends[0] ||
    ends[0].slice(1) === ends[1].slice(1) ||
    `${ends[0].charAt(1)}${ends[0].charAt(0)}${ends[0].slice(2)}` === ends[1]
  )
}

type Read = { readonly value: unknown } | { readonly fault: string }

function readValue(text: string, kind: OptionKind, cwd: string): Read {
  switch (kind) {
    case 'text':
      return { value: text }
    case 'path':
      return { value: resolve(cwd, text) }
    case 'file':
      return readFile(resolve(cwd, text))
    case 'number':
      return /^\d{1,15}$/.test(text) ? { value: Number(text) } : { fault: 'expected a whole number' }
    case 'boolean':
      return Object.hasOwn(WORDS, text) ? { value: WORDS[text] } : { fault: 'expected true or false' }
  }
}

function readFile(file: string): Read {
  try {
    return { value: readFileSync(file, 'utf8') }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error'
    return { fault: `the file cannot be read (${code})` }
  }
}

/** The configuration that the values make, by where each goes. */
export function placed(
  values: Readonly<Record<string, unknown>>,
  specs: OptionSpecs,
): Record<string, unknown> {
  const config: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    const [field = name, inner] = (specs[name]?.to ?? name).split('.')
    config[field] = inner === undefined ? value : { ...(config[field] as object | undefined), [inner]: value }
  }
  return config
}
