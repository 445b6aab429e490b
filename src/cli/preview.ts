/** `notiwire preview <channel>`: what would go over the wire; an e-mail as .eml. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { NotifyError } from '../core/errors.ts'
import { driverOf, openChannel } from './channel.ts'
import { withCommonOptions, withEnvFile, type CommonOptions } from './common-options.ts'
import { loadConfig } from './config.ts'
import { EXIT } from './exit-code.ts'
import { write, type CliIo } from './io.ts'
import { withMessageFlags, type MessageFlags } from './message/flags.ts'
import { oneMessage } from './one-message.ts'
import { render, type Rendered } from './render.ts'
import { errorBody, errorText } from './report.ts'
import { UsageError } from './usage-error.ts'

interface PreviewOptions extends CommonOptions, MessageFlags {
  readonly out?: string
  readonly provider?: string
}

export function previewCommand(io: CliIo): Command {
  const command = new Command('preview')
    .description('Show what would go over the wire, and send nothing')
    .argument('<channel>', 'the channel, such as email')
    .argument('[message]', 'the message as JSON, or @file for a file that holds it')
  return withCommonOptions(withMessageFlags(command))
    .option('-o, --out <file>', 'write it to this file')
    .option('--provider <name>', 'of several providers this one, instead of the first')
    .action((channel: string, message: string | undefined, options: PreviewOptions) =>
      preview({ channel, message }, options, withEnvFile(io, options)),
    )
}

interface Given {
  readonly channel: string
  readonly message: string | undefined
}

async function preview(
  { channel: name, message: given }: Given,
  options: PreviewOptions,
  io: CliIo,
): Promise<void> {
  const channel = openChannel(await loadConfig(io, options), name)
  try {
    const driver = driverOf(channel)
    const message = oneMessage(given, options, { provider: channel.provider, cwd: io.cwd })
    if (!message) throw new UsageError('there is no message: give it as JSON, or by flags such as --to')
    const text = textOf(chosen(await render(driver, message), options.provider), options)
    if (options.out === undefined) await write(io.stdout, text)
    else writeFile(resolve(io.cwd, options.out), options.out, text)
    io.setExitCode(EXIT.ok)
  } catch (cause) {
    if (!isAboutMessage(cause)) throw cause
    const report = { isVerbose: options.verbose ?? false }
    const json = `${JSON.stringify({ error: errorBody(cause, report) })}\n`
    io.stderr.write(options.json ? json : errorText(cause, report))
    io.setExitCode(EXIT.failed)
  } finally {
    await channel.notify.close()
  }
}

/** A message that would fail; all else is about the command. */
function isAboutMessage(cause: unknown): boolean {
  return NotifyError.isNotifyError(cause) && cause.scope !== 'config'
}

function chosen(all: readonly Rendered[], provider: string | undefined): Rendered {
  const found = provider === undefined ? all[0] : all.find((one) => one.provider === provider)
  if (!found) throw new UsageError(`no such provider; there are ${all.map((one) => one.provider).join(', ')}`)
  if (found.wire === undefined) throw new UsageError(`the driver of ${found.provider} cannot render`)
  return found
}

function textOf({ provider, wire }: Rendered, { json }: PreviewOptions): string {
  const raw = typeof wire === 'object' && wire !== null && 'raw' in wire ? wire.raw : undefined
  if (typeof raw === 'string' && !json) return raw
  return json ? `${JSON.stringify({ provider, wire })}\n` : `${JSON.stringify(wire, null, 2)}\n`
}

function writeFile(file: string, shown: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch {
    throw new UsageError(`${shown} cannot be written`)
  }
}
