/** A configuration in JSON: its channels are DSNs, in which `${NAME}` is filled from the environment. */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Issue } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import type { Environment } from '../dsn/environment.ts'
import { driverOf } from '../dsn/expression.ts'

export interface ReadJson {
  /** The options of `createNotify`; those of the file but for its channels, which have become drivers. */
  readonly options: Readonly<Record<string, unknown>>
  readonly channels: Readonly<Record<string, AnyNotifier>>
  /** Every channel that the file names, wrong ones too. */
  readonly named: readonly string[]
  readonly issues: readonly Issue[]
}

export async function readJsonFile(file: string, env: Environment): Promise<ReadJson> {
  const content = parseJson(readFileSync(file, 'utf8'))
  if (typeof content === 'string') return failed(content)
  if (!isRecord(content.value) || !isRecord(content.value['channels'])) {
    return failed('expected an object such as { "channels": { "email": "smtp://..." } }')
  }
  const { channels: given, ...options } = content.value
  const channels: Record<string, AnyNotifier> = {}
  const issues: Issue[] = []
  for (const [name, dsn] of Object.entries(given as object)) {
    const { driver, faults } = await channelOf(dsn, env, dirname(file))
    issues.push(...faults.map((message) => ({ path: `channels.${name}`, message })))
    if (driver) channels[name] = driver
  }
  return { options, channels, named: Object.keys(given), issues }
}

async function channelOf(dsn: unknown, env: Environment, cwd: string) {
  if (typeof dsn !== 'string') return { faults: ['expected a DSN such as "smtp://user:password@host"'] }
  const { text, missing } = filled(dsn, env)
  if (missing.length === 0) return driverOf(text, cwd)
  return { faults: missing.map((name) => `the environment variable ${name} is not set`) }
}

/** A variable that is a whole DSN stands as it is; inside of one it is percent-encoded, so that no one need do it. */
function filled(expression: string, env: Environment): { text: string; missing: string[] } {
  const missing: string[] = []
  const valueOf = (name: string): string => {
    const value = env[name]
    if (value === undefined || value === '') missing.push(name)
    return value ?? ''
  }
  const parts = expression.split(/(\|\||&&)/).map((part) => {
    const whole = /^\s*\$\{(\w+)\}\s*$/.exec(part)?.[1]
    if (whole !== undefined) return valueOf(whole)
    return part.replaceAll(/\$\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(valueOf(name).toWellFormed()),
    )
  })
  return { text: parts.join(''), missing: [...new Set(missing)] }
}

/** The engine's own words may quote what stands around the fault; where it is, is enough. */
function parseJson(text: string): { value: unknown } | string {
  try {
    return { value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown }
  } catch (cause) {
    const position = /at position (\d+)/.exec(String(cause))?.[1]
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
    return `is no valid JSON${line === undefined ? '' : `, see line ${line}`}`
  }
}

function failed(message: string): ReadJson {
  return { options: {}, channels: {}, named: [], issues: [{ path: '', message }] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
