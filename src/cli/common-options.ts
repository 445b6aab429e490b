/** The options that every command has. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import type { CliIo } from './io.ts'
import { UsageError } from './usage-error.ts'

export interface CommonOptions {
  readonly config?: string
  readonly envFile?: string
  readonly json?: boolean
  readonly verbose?: boolean
}

/** Where the channels come from. */
export function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration, instead of notiwire.config.* in this folder')
    .option('--env-file <file>', 'read environment variables from this file; those that are set already win')
}

export function withCommonOptions(command: Command): Command {
  return withConfigOptions(command)
    .option('--json', 'answer in JSON; errors go to stderr as {"error":{"code","message","issues"}}')
    .option('-v, --verbose', 'tell the causes of errors too, secrets cut out')
}

/**
 * The same io with the variables of `--env-file` added; configuration files read them from `process.env`.
 * @throws {UsageError} where the file cannot be read
 */
export function withEnvFile(io: CliIo, { envFile }: CommonOptions): CliIo {
  if (envFile === undefined) return io
  const added = readEnvFile(resolve(io.cwd, envFile), envFile)
  for (const [name, value] of Object.entries(added)) process.env[name] ??= value
  return { ...io, env: { ...added, ...io.env } }
}

function readEnvFile(file: string, shown: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch {
    throw new UsageError(`${shown} cannot be read`)
  }
}
