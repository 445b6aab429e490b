/** `notiwire init [channels...]`. */
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { EXIT } from '../exit-code.ts'
import { write, writeJson, type CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { initFiles } from './files.ts'
import { STARTERS } from './starters.ts'

interface InitOptions {
  readonly typescript?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

export function initCommand(io: CliIo): Command {
  return new Command('init')
    .description('Write notiwire.config.mjs and .env.example')
    .argument('[channels...]', `of ${Object.keys(STARTERS).join(', ')}; without any all, commented out`)
    .option('--typescript', 'write notiwire.config.ts instead')
    .option('--force', 'write over what is there')
    .option('--json', 'answer in JSON')
    .action((channels: readonly string[], options: InitOptions) => init([...new Set(channels)], options, io))
}

async function init(channels: readonly string[], options: InitOptions, io: CliIo): Promise<void> {
  const unknown = channels.filter((name) => !Object.hasOwn(STARTERS, name))
  if (unknown.length > 0) {
    throw new UsageError(`no such channel; the channels are ${Object.keys(STARTERS).join(', ')}`)
  }
  const { typescript: isTypeScript = false, force = false } = options
  const { config, env, peers } = initFiles(channels, isTypeScript)
  const files = { [isTypeScript ? 'notiwire.config.ts' : 'notiwire.config.mjs']: config, '.env.example': env }
  writeAll(files, force, io)
  const install = ['npm install notiwire', ...peers].join(' ')
  if (options.json) await writeJson(io.stdout, { files: Object.keys(files), install })
  else await write(io.stdout, nextSteps(Object.keys(files), install, channels))
  io.setExitCode(EXIT.ok)
}

/** All or none. */
function writeAll(files: Readonly<Record<string, string>>, isForced: boolean, { cwd }: CliIo): void {
  const existing = Object.keys(files).filter((name) => existsSync(resolve(cwd, name)))
  if (existing.length > 0 && !isForced) {
    throw new UsageError(`there is ${existing.join(' and ')} already; --force writes over it`)
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(resolve(cwd, name), text)
}

function nextSteps(
  files: readonly string[],
  install: string,
  [channel = 'email']: readonly string[],
): string {
  return `wrote ${files.join(' and ')}

next:
  ${install}
  cp .env.example .env   # and fill it in; keep it out of version control
  npx notiwire explain ${channel} --env-file .env
`
}
