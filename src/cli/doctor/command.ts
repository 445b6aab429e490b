/** `notiwire doctor`: examines every channel, and sends nothing. */
import { Command } from 'commander'
import { MAX_DELAY_MS, systemClock, type Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { examine, type Channels, type Examination } from './examine.ts'
import { toTable } from './table.ts'

export interface DoctorIo {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** @default the machine's own */
  readonly clock?: Clock
  /** Told the exit code, once. @default sets `process.exitCode` */
  readonly setExitCode?: (code: ExitCode) => void
}

/** 0: nothing failed. 1: something did. 2: there was nothing to examine, because usage or configuration is wrong. */
export type ExitCode = 0 | 1 | 2

export type LoadChannels = () => Promise<{ readonly channels: Channels }>

interface Flags {
  readonly template: readonly string[]
  readonly timeout: string
  readonly json?: true
}

const DEFAULT_TIMEOUT_MS = '10000'

/**
 * The command, to be added to a program. Closes the channels that `load` gave it.
 * @param load what it throws is told as a fault of the configuration
 */
export function doctorCommand(load: LoadChannels, io: DoctorIo): Command {
  const command = new Command('doctor')
  command
    .description('Check configuration, network, TLS, clock, credentials and templates; sends nothing')
    .argument('[channels...]', 'channels to examine (default: all)')
    .option('--template <id>', 'a template the account must have; repeatable', collect, [])
    .option('--timeout <ms>', 'milliseconds for one check', DEFAULT_TIMEOUT_MS)
    .option('--json', 'print one JSON object')
    .action(async (channels: string[], flags: Flags) => {
      const code = await run(load, io, { channels, ...flags })
      const setExitCode = io.setExitCode ?? setProcessExitCode
      setExitCode(code)
    })
  return command
}

interface Asked extends Flags {
  readonly channels: readonly string[]
}

async function run(load: LoadChannels, io: DoctorIo, asked: Asked): Promise<ExitCode> {
  let channels: Channels = {}
  try {
    const timeoutMs = readTimeout(asked.timeout)
    channels = (await load()).channels
    const { channels: named, template: templates } = asked
    const clock = io.clock ?? systemClock
    const examinations = await examine(channels, { clock, timeoutMs, channels: named, templates })
    const isOk = examinations.every(({ findings }) => findings.every(({ status }) => status !== 'failed'))
    io.stdout.write(asked.json ? toJson({ ok: isOk, channels: examinations }) : toTable(examinations))
    return isOk ? 0 : 1
  } catch (cause) {
    complain(cause, io, asked.json)
    return 2
  } finally {
    await Promise.allSettled(Object.values(channels).map(async (notifier) => notifier.close()))
  }
}

/** @throws {NotifyError} INVALID_CONFIG */
function readTimeout(text: string): number {
  const ms = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (ms >= 1 && ms <= MAX_DELAY_MS) return ms
  throw new NotifyError('INVALID_CONFIG', `--timeout: expected milliseconds from 1 to ${MAX_DELAY_MS}`)
}

/** Of what is no error of ours the text alone is shown. */
function complain(cause: unknown, { stdout, stderr }: DoctorIo, isJson: true | undefined): void {
  const { code, message, issues } = NotifyError.isNotifyError(cause)
    ? cause
    : { code: 'INVALID_CONFIG', message: cause instanceof Error ? cause.message : String(cause) }
  if (isJson) stdout.write(toJson({ ok: false, error: { code, message, issues } }))
  else stderr.write(`✗ ${code}: ${message}\n`)
}

type Report =
  | { readonly ok: boolean; readonly channels: readonly Examination[] }
  | { readonly ok: false; readonly error: object }

function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value]
}

function setProcessExitCode(code: ExitCode): void {
  process.exitCode = code
}
