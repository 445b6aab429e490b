#!/usr/bin/env node
/** The command line: `notiwire`. */
import type { CliIo } from './io.ts'
import { runCli } from './run.ts'

const interruption = {
  listeners: new Set<() => void>(),
}

const interrupt = () => {
  for (const heard of interruption.listeners) heard()
}

const io: CliIo = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  isTty: process.stderr.isTTY,
  setExitCode: (code) => {
    process.exitCode = code
  },
  onInterrupt: (heard) => {
    const { listeners } = interruption
    // Once each: whoever asks a second time is obeyed at once.
    if (listeners.size === 0) for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt)
    listeners.add(heard)
    return () => {
      listeners.delete(heard)
      if (listeners.size === 0) for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupt)
    }
  },
}

// Whoever reads the results has gone, as `head` does: nothing more is begun.
process.stdout.on('error', interrupt)

await runCli(process.argv.slice(2), io)
// What a configuration has opened, such as a connection to Redis, must not keep us.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
