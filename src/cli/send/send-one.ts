/** `notiwire send` of a single message. */
import { NotifyError } from '../../core/errors.ts'
import type { SendResult } from '../../facade/result.ts'
import { driverOf, type OpenChannel } from '../channel.ts'
import { EXIT } from '../exit-code.ts'
import { write, writeJson, type CliIo } from '../io.ts'
import type { Fields } from '../message/set-path.ts'
import { causesOf } from '../report.ts'
import { check } from './dry-run.ts'
import type { SendCommandOptions } from './options.ts'
import { toLine, type ResultLine } from './result-line.ts'

export async function sendOne(
  channel: OpenChannel,
  message: Fields,
  { options, io }: { readonly options: SendCommandOptions; readonly io: CliIo },
): Promise<void> {
  const giveUp = new AbortController()
  const forget = io.onInterrupt(() => giveUp.abort())
  const { line, error } = options.dryRun
    ? await checked(channel, message)
    : told(await delivered(channel, message, { key: options.idempotencyKey, signal: giveUp.signal }))
  forget()
  if (error?.code === 'INVALID_CONFIG') throw error
  const causes = options.verbose && error ? { causes: causesOf(error) } : {}
  if (options.json) await writeJson(io.stdout, { ...line, ...causes })
  else await write(io.stdout, textOf(line, error, options.verbose ?? false))
  io.setExitCode(giveUp.signal.aborted ? EXIT.interrupted : CODES[line.status])
}

const CODES = { sent: EXIT.ok, valid: EXIT.ok, failed: EXIT.failed, skipped: EXIT.nothing } as const

interface Told {
  readonly line: ResultLine
  readonly error?: NotifyError
}

async function checked(channel: OpenChannel, message: Fields): Promise<Told> {
  const { index, ...result } = await check(
    { channel: channel.name, index: 0, driver: driverOf(channel) },
    message,
  )
  void index
  return result.status === 'valid' ? { line: result } : told(result)
}

function told(result: SendResult): Told {
  const line = toLine(result, false)
  return result.status === 'failed' ? { line, error: result.error } : { line }
}

/** A Notify of the configuration may be in debug mode, and then throws instead. */
async function delivered(
  { notify, name, provider }: OpenChannel,
  message: Fields,
  { key, signal }: { readonly key: string | undefined; readonly signal: AbortSignal },
): Promise<SendResult> {
  try {
    return await notify.send(name, message, { signal, ...(key !== undefined && { idempotencyKey: key }) })
  } catch (cause) {
    if (!NotifyError.isNotifyError(cause)) throw cause
    return { id: '', channel: name, provider, attempts: [], status: 'failed', error: cause }
  }
}

function textOf(line: ResultLine, error: NotifyError | undefined, isVerbose: boolean): string {
  const { channel, provider = '', status } = line
  const head = `${status}: ${channel} by ${provider}`
  if (status === 'sent') return `${head}, ${String(line['providerId'])}\n`
  if (status === 'skipped') return `${head}, by the rule "${String(line['reason'])}"\n`
  if (!error) return `${head}, ${Number(line['bytes'])} bytes\n`
  const fate = error.delivery === 'unknown' ? 'it may have gone out all the same' : 'it did not go out'
  const lines = [`${head}, ${error.code}: ${error.message}`, `  ${fate}`]
  if (isVerbose) lines.push(...causesOf(error).map((cause) => `  caused by: ${cause}`))
  return `${lines.join('\n')}\n`
}
