/** A message from the command line: as JSON, from a file of JSON, and from flags, which win. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { readPath, setPath, type Fields } from './set-path.ts'

export interface MessageFlags {
  readonly to?: readonly string[]
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly template?: string
  readonly param?: readonly string[]
  readonly set?: readonly string[]
}

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value]

export function withMessageFlags(command: Command): Command {
  return command
    .addOption(new Option('--to <address>', 'the recipient; several times for several').argParser(collect))
    .option('--subject <text>', 'the subject')
    .option('--text <text>', 'the text')
    .option('--html <text>', 'the text as HTML')
    .option('--template <name>', 'the template, by its id or alias')
    .addOption(
      new Option('--param <name=value>', 'a value of the template; several times for several').argParser(
        collect,
      ),
    )
    .addOption(
      new Option('--set <path=value>', 'any field, as text: to.user=7; with := as JSON: badge:=3').argParser(
        collect,
      ),
    )
}

/**
 * The fields that the flags give.
 * @param provider tells where the values of a template go: WeChat calls them `data`
 * @throws {UsageError} naming the flag that is wrong
 */
export function fieldsOf(flags: MessageFlags, provider: string): Fields {
  const { to, subject, text, html, template, param = [], set = [] } = flags
  const given = { to: to?.length === 1 ? to[0] : to, subject, text, html, template }
  const fields: Fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const values = provider.includes('wechat') ? 'data' : 'params'
  for (const pair of param) {
    const [name, value] = cut(pair, '--param name=value')
    setPath(fields, [values, ...readPath(name)], value)
  }
  for (const pair of set) {
    const [path, value] = cut(pair, '--set path=value')
    setField(fields, path, value)
  }
  return fields
}

/** `path` as text; `path:` as JSON, for numbers, lists and the like. */
export function setField(fields: Fields, path: string, value: string): void {
  if (!path.endsWith(':')) return setPath(fields, readPath(path), value)
  const name = path.slice(0, -1)
  setPath(fields, readPath(name), parseJson(value, `the value of ${name}`))
}

/** @param given JSON, or `@` and the name of a file that holds it */
export function parseMessage(given: string, cwd: string): Fields {
  const what = given.startsWith('@') ? `the file ${given.slice(1)}` : 'the message'
  const value = parseJson(given.startsWith('@') ? readText(resolve(cwd, given.slice(1)), what) : given, what)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new UsageError(`${what} is no JSON object such as {"to":"..."}`)
}

function cut(pair: string, form: string): [string, string] {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new UsageError(`expected ${form}`)
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}

/** The engine's own words would quote it, and it may be a secret or an address. */
function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(`${what} is no valid JSON`)
  }
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`${what} cannot be read`)
  }
}

/** The fields of `over` win; objects such as `params` are made of both. */
export function merged(under: Fields, over: Fields): Fields {
  const result: Fields = { ...under }
  for (const [name, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, name) ? under[name] : undefined
    result[name] = isPlain(below) && isPlain(value) ? { ...below, ...value } : value
  }
  return result
}

function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
