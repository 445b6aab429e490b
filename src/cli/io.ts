/** What the command line is given of the process, so that tests can give it something else. */
import type { Readable, Writable } from 'node:stream'

export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where relative file names start. */
  readonly cwd: string
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  /** Whether somebody watches stderr, so that progress is of use. */
  readonly isTty: boolean
  readonly setExitCode: (code: number) => void
  /** Calls `heard` when the user wants it to stop. Returns what takes that back. */
  readonly onInterrupt: (heard: () => void) => () => void
}

/** Writes, and waits where the other end is slower than we are. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.destroyed || stream.errored) return
  if (stream.write(text)) return
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const event of EVENTS) stream.off(event, done)
      resolve()
    }
    for (const event of EVENTS) stream.once(event, done)
  })
}

const EVENTS = ['drain', 'close', 'error']

export function writeJson(stream: Writable, value: unknown): Promise<void> {
  return write(stream, `${JSON.stringify(value)}\n`)
}
