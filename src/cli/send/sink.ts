/** Where the results of many messages go: to stdout, or to the end of a file. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { writeJson, type CliIo } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import type { Entry } from './entry.ts'
import type { ResultLine } from './result-line.ts'

export interface Sink {
  /** Before a message is handed over, so that a crash leaves behind which ones were under way. */
  readonly started: (entry: Entry) => void
  readonly result: (line: ResultLine) => Promise<void>
  readonly close: () => void
}

export function toStdout({ stdout }: CliIo): Sink {
  return {
    started: () => undefined,
    result: (line) => writeJson(stdout, line),
    close: () => undefined,
  }
}

/**
 * Each line is with the system before we go on: what is killed then loses nothing of it.
 * @throws {UsageError} where the file cannot be written
 */
export function toFile(file: string, { cwd }: CliIo): Sink {
  const descriptor = open(resolve(cwd, file), file)
  const append = (value: object) => void writeSync(descriptor, `${JSON.stringify(value)}\n`)
  return {
    started: (entry) => append({ ...entry, status: 'started' }),
    result: (line) => {
      append(line)
      return Promise.resolve()
    },
    close: () => closeSync(descriptor),
  }
}

function open(file: string, shown: string): number {
  try {
    const descriptor = openSync(file, 'a+')
    endLine(descriptor)
    return descriptor
  } catch {
    throw new UsageError(`${shown} cannot be written`)
  }
}

/** A crash may have left half a line behind. */
function endLine(descriptor: number): void {
  const { size } = fstatSync(descriptor)
  const last = Buffer.alloc(1)
  if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0) return
  if (last[0] !== 0x0a) writeSync(descriptor, '\n')
}
