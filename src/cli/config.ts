/** The configuration of the command line: a file, and the environment for the channels that the file does not name. */
import { basename } from 'node:path'
import { NotifyError, type Issue } from '../core/errors.ts'
import { invalid } from '../core/parse.ts'
import { bareError } from '../core/redact.ts'
import type { Notify } from '../facade/notify.ts'
import type { Channels, NotifyOptions } from '../facade/options.ts'
import { findConfig } from './config/find.ts'
import { readJsonFile } from './config/json-file.ts'
import { loadModule } from './config/module-file.ts'
import { channelsOf } from './dsn/environment.ts'
import type { CliIo } from './io.ts'

/** A Notify of any copy of this package. */
export type AnyNotify = Pick<Notify<Channels>, 'send' | 'sendMany' | 'verify' | 'health' | 'close'>

export interface LoadedConfig {
  /** The file, if there is one. */
  readonly file: string | undefined
  /** For `createNotify`: what the file says, and the channels of the environment. */
  readonly options: NotifyOptions<Channels>
  /** Where the file exports a Notify, which keeps its drivers to itself: `options` has the other channels only. */
  readonly notify: AnyNotify | undefined
  /** Where each channel is from: the name of a variable, or of the file. */
  readonly sources: Readonly<Record<string, string>>
}

interface FromFile {
  readonly options: Readonly<Record<string, unknown>>
  readonly channels: Channels
  /** Every channel that the file names. */
  readonly named: readonly string[]
  readonly notify?: AnyNotify
  readonly issues: readonly Issue[]
}

const NOTHING: FromFile = { options: {}, channels: {}, named: [], issues: [] }

/**
 * @throws {NotifyError} INVALID_CONFIG, naming everything that is wrong, each by its file or variable
 * @throws {UsageError} where the named file is not there
 */
export async function loadConfig(
  io: Pick<CliIo, 'env' | 'cwd'>,
  { config }: { readonly config?: string | undefined } = {},
): Promise<LoadedConfig> {
  const file = findConfig(io.cwd, config)
  const name = file === undefined ? '' : basename(file)
  const fromFile = file === undefined ? NOTHING : await readFile(file, io)
  const fromEnv = await channelsOf(io.env, fromFile.named, io.cwd)
  const issues = [...fromFile.issues.map((issue) => inFile(name, issue)), ...fromEnv.issues]
  if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
  const sources = {
    ...Object.fromEntries(fromFile.named.map((channel) => [channel, name])),
    ...fromEnv.variables,
  }
  if (Object.keys(sources).length === 0) throw noChannels(name)
  const channels = { ...fromEnv.channels, ...fromFile.channels }
  return { file, options: { ...fromFile.options, channels }, notify: fromFile.notify, sources }
}

function readFile(file: string, { env }: Pick<CliIo, 'env'>): Promise<FromFile> {
  return file.endsWith('.json') ? readJsonFile(file, env) : readModule(file)
}

async function readModule(file: string): Promise<FromFile> {
  let exported: unknown
  try {
    exported = await loadModule(file)
  } catch (cause) {
    if (NotifyError.isNotifyError(cause)) return { ...NOTHING, issues: issuesOf(cause) }
    throw cannotLoad(file, cause)
  }
  if (isNotify(exported)) {
    return { ...NOTHING, notify: exported, named: Object.keys(exported.health()) }
  }
  if (!hasChannels(exported)) {
    const message = 'expected a default export such as { channels: { email: smtp({ ... }) } }, or a Notify'
    return { ...NOTHING, issues: [{ path: '', message }] }
  }
  const { channels, ...options } = exported
  return { ...NOTHING, options, channels, named: Object.keys(channels) }
}

/** What a driver found wrong, when the file made it. */
function issuesOf({ issues, message }: NotifyError): readonly Issue[] {
  return issues ?? [{ path: '', message }]
}

function inFile(name: string, { path, message }: Issue): Issue {
  return { path: path === '' ? name : `${name}: ${path}`, message }
}

function cannotLoad(file: string, cause: unknown): NotifyError {
  const bare = bareError(cause)
  const text = `${basename(file)} cannot be loaded: ${bare.message.split('\n')[0] ?? ''}`
  return new NotifyError('INVALID_CONFIG', text, { cause: bare })
}

function noChannels(name: string): NotifyError {
  const text = `No channels${name === '' ? '' : ` in ${name}`}: run "notiwire init", or set a variable such as NOTIWIRE_EMAIL=smtp://user:password@host`
  return new NotifyError('INVALID_CONFIG', text)
}

function isNotify(value: unknown): value is AnyNotify {
  const given = value as Partial<AnyNotify> | null | undefined
  return [given?.send, given?.sendMany, given?.health].every((method) => typeof method === 'function')
}

function hasChannels(value: unknown): value is { readonly channels: Channels } {
  if (typeof value !== 'object' || value === null || !('channels' in value)) return false
  return typeof value.channels === 'object' && value.channels !== null
}
