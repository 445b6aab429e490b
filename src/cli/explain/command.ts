/** `notiwire explain <channel>`. */
import { Command } from 'commander'
import { readNotifyOptions } from '../../facade/options.ts'
import { driverOf, openChannel } from '../channel.ts'
import { withCommonOptions, withEnvFile, type CommonOptions } from '../common-options.ts'
import { loadConfig } from '../config.ts'
import { EXIT } from '../exit-code.ts'
import { write, writeJson, type CliIo } from '../io.ts'
import { withMessageFlags, type MessageFlags } from '../message/flags.ts'
import { oneMessage } from '../one-message.ts'
import { explanationOf } from './explanation.ts'
import { textOf } from './text.ts'

type ExplainOptions = CommonOptions & MessageFlags

export function explainCommand(io: CliIo): Command {
  const command = new Command('explain')
    .description('Tell stage by stage what would happen to a message, and send nothing')
    .argument('<channel>', 'the channel, such as email')
    .argument('[message]', 'the message as JSON, or @file for a file that holds it')
  return withCommonOptions(withMessageFlags(command)).action(
    (channel: string, message: string | undefined, options: ExplainOptions) =>
      explain({ channel, message }, options, withEnvFile(io, options)),
  )
}

interface Given {
  readonly channel: string
  readonly message: string | undefined
}

/** As a send would end. */
const CODES = { send: EXIT.ok, skip: EXIT.nothing, fail: EXIT.failed } as const

async function explain(
  { channel: name, message: given }: Given,
  options: ExplainOptions,
  io: CliIo,
): Promise<void> {
  const loaded = await loadConfig(io, options)
  const channel = openChannel(loaded, name)
  try {
    const message = oneMessage(given, options, { provider: channel.provider, cwd: io.cwd })
    const settings = readNotifyOptions(loaded.options)
    const source = loaded.sources[name] ?? ''
    const explanation = await explanationOf({
      channel: name,
      source,
      driver: driverOf(channel),
      settings,
      message,
    })
    if (options.json) await writeJson(io.stdout, explanation)
    else await write(io.stdout, textOf(explanation))
    io.setExitCode(CODES[explanation.outcome ?? 'send'])
  } finally {
    await channel.notify.close()
  }
}
