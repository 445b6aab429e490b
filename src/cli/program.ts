/** The program and its commands. */
import { createRequire } from 'node:module'
import { Command } from 'commander'
import type { CliIo } from './io.ts'
import { devCommand } from './dev.ts'
import { doctorFor } from './doctor/with-config.ts'
import { explainCommand } from './explain/command.ts'
import { initCommand } from './init/command.ts'
import { previewCommand } from './preview.ts'
import { sendCommand } from './send/command.ts'

const COMMANDS = [devCommand, sendCommand, explainCommand, previewCommand, doctorFor, initCommand]

/** Writes nowhere but to `io`, ends no process, and throws a CommanderError where a command is called wrongly. */
export function buildProgram(io: CliIo): Command {
  const program = new Command('notiwire')
    .description('Send, preview and check notifications; see every message in a local inbox')
    .version(versionOf())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Told by who runs the program, so that it can be JSON.
      writeErr: () => undefined,
    })
  for (const command of COMMANDS.map((make) => make(io))) {
    program.addCommand(command.copyInheritedSettings(program))
  }
  return program
}

function versionOf(): string {
  const { version } = createRequire(import.meta.url)('notiwire/package.json') as { readonly version: string }
  return version
}
