/** `notiwire send <channel>`. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { openChannel, type OpenChannel } from '../channel.ts'
import { withCommonOptions, withEnvFile } from '../common-options.ts'
import { loadConfig } from '../config.ts'
import type { CliIo } from '../io.ts'
import { withMessageFlags } from '../message/flags.ts'
import type { Fields } from '../message/set-path.ts'
import { oneMessage } from '../one-message.ts'
import { UsageError } from '../usage-error.ts'
import type { SendCommandOptions } from './options.ts'
import { sendMany } from './send-many.ts'
import { sendOne } from './send-one.ts'

const MAX_CONCURRENCY = 10_000

export function sendCommand(io: CliIo): Command {
  const command = new Command('send')
    .description('Send one message, or every message of a file')
    .argument('<channel>', 'the channel, such as email')
    .argument('[message]', 'the message as JSON, @file for a file that holds it, or - for many on stdin')
  return withCommonOptions(withManyOptions(withMessageFlags(command)))
    .option('--idempotency-key <key>', 'names this message for good; of many, the start of the key of each')
    .option('--dry-run', 'check and render, send nothing')
    .action((channel: string, message: string | undefined, options: SendCommandOptions) =>
      send({ channel, message }, options, withEnvFile(io, options)),
    )
}

function withManyOptions(command: Command): Command {
  const resume = (file: string, files: readonly string[] = []) => [...files, file]
  return command
    .option(
      '-f, --file <file>',
      'many messages: .ndjson with one object a line, .csv with a row of names, - for stdin',
    )
    .addOption(
      new Option('--format <format>', 'of the file, where its name does not tell').choices(['ndjson', 'csv']),
    )
    .addOption(
      new Option('--concurrency <count>', 'how many are under way at a time (100)').argParser(
        readConcurrency,
      ),
    )
    .option(
      '-o, --out <file>',
      'append the results to this file, one JSON object a line, instead of to stdout',
    )
    .addOption(
      new Option('--resume <file>', 'the results of an earlier run: what was sent is left out').argParser(
        resume,
      ),
    )
    .option('--resend-unknown', 'with --resume: send again what may have gone out in the earlier run')
}

function readConcurrency(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MAX_CONCURRENCY) return count
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MAX_CONCURRENCY}`)
}

interface Given {
  readonly channel: string
  readonly message: string | undefined
}

async function send(
  { channel: name, message }: Given,
  options: SendCommandOptions,
  io: CliIo,
): Promise<void> {
  const file = message === '-' ? '-' : options.file
  assertOneSource(message, options)
  const loaded = await loadConfig(io, options)
  const channel = openChannel(loaded, name)
  try {
    if (file === undefined)
      await sendOne(channel, messageOf(channel, message, { options, io }), { options, io })
    else await sendMany(channel, { ...options, file }, io)
  } finally {
    await channel.notify.close()
  }
}

function assertOneSource(message: string | undefined, { file, resume, out }: SendCommandOptions): void {
  if (message !== undefined && file !== undefined) throw new UsageError('give either a message or --file')
  const isMany = message === '-' || file !== undefined
  if (!isMany && (resume ?? out) !== undefined) throw new UsageError('--resume and --out go with --file')
}

function messageOf(
  { provider }: OpenChannel,
  given: string | undefined,
  { options, io }: { readonly options: SendCommandOptions; readonly io: CliIo },
): Fields {
  const message = oneMessage(given, options, { provider, cwd: io.cwd })
  if (message) return message
  throw new UsageError('there is no message: give it as JSON, by flags such as --to, or many by --file')
}
