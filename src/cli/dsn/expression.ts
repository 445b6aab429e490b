/** Several DSNs in one text: `a || b` is a failover, `a && b` a round robin, and `&&` binds tighter. */
import type { AnyNotifier } from '../../core/notifier.ts'
import { NotifyError } from '../../core/errors.ts'
import { scrubber } from '../../core/redact.ts'
import { failover, roundRobin } from '../../core/strategies.ts'
import { placed, readOptions } from './options.ts'
import { parseDsn, type Dsn } from './parse.ts'
import { DEFAULT_HOST, type Scheme } from './scheme.ts'
import { SCHEMES } from './schemes.ts'

export interface ReadExpression {
  /** Absent where there are faults. */
  readonly driver?: AnyNotifier
  /** Everything that is wrong, in words that quote nothing of the text. */
  readonly faults: readonly string[]
}

/** @param cwd where relative file names start */
export async function driverOf(expression: string, cwd: string): Promise<ReadExpression> {
  const choices = expression.split('||').map((choice) => choice.split('&&').map((dsn) => dsn.trim()))
  const count = choices.flat().length
  let number = 0
  const faults: string[] = []
  const drivers: AnyNotifier[][] = []
  for (const choice of choices) {
    const members: AnyNotifier[] = []
    for (const dsn of choice) {
      number += 1
      const made = await oneDriver(dsn, cwd)
      if ('driver' in made) members.push(made.driver)
      else faults.push(...made.faults.map((fault) => (count > 1 ? `DSN ${number}: ${fault}` : fault)))
    }
    drivers.push(members)
  }
  return faults.length > 0 ? { faults } : { driver: combined(drivers), faults }
}

function combined(choices: readonly AnyNotifier[][]): AnyNotifier {
  const drivers = choices.map((members) => only(members) ?? (roundRobin(...members) as AnyNotifier))
  return only(drivers) ?? failover(...drivers)
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined
}

type Made = { readonly driver: AnyNotifier } | { readonly faults: readonly string[] }

async function oneDriver(text: string, cwd: string): Promise<Made> {
  const { dsn, faults } = parseDsn(text)
  const scheme = Object.hasOwn(SCHEMES, dsn.scheme) ? SCHEMES[dsn.scheme] : undefined
  if (!scheme) return { faults: dsn.scheme === '' ? faults : [unknownScheme()] }
  const options = readOptions(dsn.options, scheme.options, cwd)
  const all = [...faults, ...(faults.length > 0 ? [] : faultsOf(dsn, scheme)), ...options.faults]
  if (all.length > 0) return { faults: all }
  // What the scheme makes of an option takes its place; what it has used up goes.
  const own = scheme.config(dsn, options.values)
  const used = Object.keys(own).filter((name) => own[name] === undefined)
  const config = without({ ...placed(options.values, scheme.options), ...own }, used)
  return make(scheme, dsn, config)
}

function unknownScheme(): string {
  const known = Object.keys(SCHEMES).map((name) => `${name}://`)
  return `the scheme is not known; the schemes are ${known.join(', ')}`
}

function faultsOf(dsn: Dsn, scheme: Scheme): string[] {
  const faults = [...loginFaults(dsn, scheme)]
  if (dsn.path !== '' && !scheme.hasPath) faults.push('expected no path after the host')
  if (scheme.login !== 'both') return faults
  const isDefault = dsn.host === DEFAULT_HOST
  if (isDefault && dsn.port !== undefined) faults.push('expected no port after "default", which has its own')
  if (!isDefault && dsn.options.some(([name]) => name === 'endpoint')) {
    faults.push('expected "default" as the host beside the option endpoint')
  }
  return faults
}

function loginFaults(dsn: Dsn, { login, loginNames: [user, password], example }: Scheme): string[] {
  const given = `${dsn.user && 'user'}${dsn.password && 'password'}`
  const isRight = {
    both: given === 'userpassword',
    password: given === 'password',
    optional: /^(userpassword)?$/.test(given),
  }
  if (isRight[login]) return []
  const expected = {
    both: `${user} and ${password}, as ${example}`,
    password: `${password} alone, as ${example}`,
    optional: `both ${user} and ${password}, or neither`,
  }
  return [`expected ${expected[login]}`]
}

function without(config: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)))
}

async function make(scheme: Scheme, dsn: Dsn, config: Record<string, unknown>): Promise<Made> {
  const create = await scheme.load()
  try {
    return { driver: create(config) }
  } catch (cause) {
    if (!NotifyError.isNotifyError(cause)) throw cause
    const scrub = scrubber([dsn.user, dsn.password])
    const issues = cause.issues ?? [{ path: '', message: cause.message }]
    return { faults: issues.map(({ path, message }) => scrub(path ? `${path}: ${message}` : message)) }
  }
}
