/** Runs the command line: every error ends here, as text or JSON on stderr and an exit code. */
import { CommanderError } from 'commander'
import { EXIT } from './exit-code.ts'
import type { CliIo } from './io.ts'
import { buildProgram } from './program.ts'
import { errorBody, errorText } from './report.ts'
import { UsageError } from './usage-error.ts'

/** @param args those after the program's name */
export async function runCli(args: readonly string[], io: CliIo): Promise<void> {
  const isJson = args.includes('--json')
  const isVerbose = args.includes('--verbose') || args.includes('-v')
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' })
  } catch (cause) {
    if (cause instanceof CommanderError && cause.exitCode === 0) return
    const error = cause instanceof CommanderError ? usageOf(cause) : cause
    const text = isJson
      ? `${JSON.stringify({ error: errorBody(error, { isVerbose }) })}\n`
      : errorText(error, { isVerbose })
    io.stderr.write(text)
    io.setExitCode(EXIT.usage)
  }
}

function usageOf({ message }: CommanderError): UsageError {
  const text = message === '(outputHelp)' ? 'expected a command; see notiwire --help' : message
  return new UsageError(text.replace(/^error: /, ''))
}
