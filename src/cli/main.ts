#!/usr/bin/env node
/** The command line: `notiwire`. */
import type { CliIo } from './io.ts'
import { runCli } from './run.ts'

const SIGNALS = ['SIGINT', 'SIGTERM']

function processIo(): CliIo {
  const listeners = new Set<() => void>()
  const interrupt = () => listeners.forEach((heard) => heard())
  // Whoever reads the results has gone, as `head` does: nothing more is begun.
  process.stdout.on('error', interrupt)
  return {
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
      // Once each: whoever asks a second time is obeyed at once.
      if (listeners.size === 0) for (const signal of SIGNALS) process.once(signal, interrupt)
      listeners.add(heard)
      return () => {
        listeners.delete(heard)
        if (listeners.size === 0) for (const signal of SIGNALS) process.off(signal, interrupt)
      }
    },
  }
}

await runCli(process.argv.slice(2), processIo())
// What a configuration has opened, such as a connection to Redis, must not keep us.
process.stdout.write('', () => process.stderr.write('', () => process.exit()))
