/** `notiwire doctor` over the channels of the configuration and the environment. */
import type { Command } from 'commander'
import { withConfigOptions, withEnvFile, type CommonOptions } from '../common-options.ts'
import { loadConfig } from '../config.ts'
import type { CliIo } from '../io.ts'
import { doctorCommand } from './command.ts'

export function doctorFor(io: CliIo): Command {
  const command: Command = doctorCommand(async () => {
    const asked = command.opts<CommonOptions>()
    const { options } = await loadConfig(withEnvFile(io, asked), asked)
    return { channels: options?.channels ?? {} }
  }, io)
  return withConfigOptions(command)
}
