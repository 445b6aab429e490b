/** `notiwire doctor` over the channels of the configuration and the environment. */
import type { Command } from 'commander'
import { withEnvFile, type CommonOptions } from '../common-options.ts'
import { loadConfig } from '../config.ts'
import type { CliIo } from '../io.ts'
import { doctorCommand } from './command.ts'

export function doctorFor(io: CliIo): Command {
  const command: Command = doctorCommand(async () => {
    const asked = command.opts<CommonOptions>()
    const { options } = await loadConfig(withEnvFile(io, asked), asked)
    return { channels: options?.channels ?? {} }
  }, io)
  return command
    .option('-c, --config <file>', 'the configuration, instead of notiwire.config.* in this folder')
    .option('--env-file <file>', 'read environment variables from this file; those that are set already win')
}
