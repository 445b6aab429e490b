/** `notiwire send` with `--file`: puts its parts together, and says at the end what happened and how to go on. */
import { resolve } from 'node:path'
import { driverOf, type OpenChannel } from '../channel.ts'
import { EXIT } from '../exit-code.ts'
import { writeJson, type CliIo } from '../io.ts'
import { fieldsOf } from '../message/flags.ts'
import { dryRun } from './dry-run.ts'
import type { Entry } from './entry.ts'
import { Ledger } from './ledger.ts'
import { Many, type ManyInit } from './many.ts'
import type { SendCommandOptions } from './options.ts'
import { toFile, toStdout } from './sink.ts'
import { openMessages } from './source.ts'
import { Tally } from './tally.ts'

/** @throws {UsageError} where a file cannot be used; what reading the messages fails with */
export async function sendMany(
  channel: OpenChannel,
  options: SendCommandOptions & { readonly file: string },
  io: CliIo,
): Promise<void> {
  const ledger = new Ledger()
  for (const file of options.resume ?? []) await ledger.read(resolve(io.cwd, file), file)
  const messages = openMessages(options.file, options.format, io)
  const sink = options.out === undefined ? toStdout(io) : toFile(options.out, io)
  const tally = new Tally(io)
  const many = new Many({
    ...{ channel: channel.name, items: messages.items, close: messages.close, ledger, tally },
    sink: options.dryRun ? { ...sink, started: () => undefined } : sink,
    defaults: fieldsOf(options, channel.provider),
    deliver: delivererOf(channel, options),
    isResendingUnknown: options.resendUnknown ?? false,
    isVerbose: options.verbose ?? false,
  })
  let isInterrupted = false
  const forget = io.onInterrupt(() => {
    isInterrupted = true
    many.stop()
  })
  const failure = await endOf(many)
  forget()
  messages.close()
  sink.close()
  tally.end()
  await sumUp({ tally, unreadable: ledger.unreadable, isInterrupted }, options, io)
  if (failure) throw failure.cause
  io.setExitCode(isInterrupted ? EXIT.interrupted : tally.exitCode)
}

/** What it ended with, where that is no end; the summary comes first. */
async function endOf(many: Many): Promise<{ readonly cause: unknown } | undefined> {
  try {
    await many.run()
  } catch (cause) {
    return { cause }
  }
  return many.hopeless && { cause: many.hopeless }
}

function delivererOf(channel: OpenChannel, options: SendCommandOptions): ManyInit['deliver'] {
  if (options.dryRun) return (source) => dryRun(channel.name, driverOf(channel), source)
  const { concurrency, idempotencyKey: key } = options
  return (source, entryOf) =>
    channel.notify.sendMany(channel.name, source, {
      concurrency,
      ...(key !== undefined && { idempotencyKey: (_, place) => keyOf(key, entryOf(place)) }),
    })
}

/** Of the message, so that the same one has the same key when it is sent again. */
function keyOf(key: string, entry: Entry | undefined): string {
  return `${key}/${entry?.index}-${entry?.hash}`
}

interface Ending {
  readonly tally: Tally
  readonly unreadable: number
  readonly isInterrupted: boolean
}

async function sumUp(ending: Ending, options: SendCommandOptions, io: CliIo): Promise<void> {
  const { tally, unreadable, isInterrupted } = ending
  if (options.json) return writeJson(io.stderr, { summary: { ...tally.toJSON(), isInterrupted } })
  const lines = [`${isInterrupted ? 'interrupted: ' : ''}${String(tally)}`]
  if (unreadable > 0) lines.push(`${unreadable} lines of earlier results could not be read`)
  if (isInterrupted) lines.push(howToGoOn(options))
  io.stderr.write(`${lines.join('\n')}\n`)
}

function howToGoOn({ out, resume = [] }: SendCommandOptions): string {
  if (out === undefined) {
    return 'to go on, give the results that stdout got: the same command with --resume <results.ndjson>'
  }
  const files = [...new Set([...resume, out])].map((file) => `--resume ${file}`)
  return `to go on: the same command with ${files.join(' ')} --out ${out}`
}
