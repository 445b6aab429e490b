/** Runs the command line, in this process or in one of its own, in a folder that is cleaned away. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { CliIo } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/run.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
export const CLI = join(ROOT, 'dist', 'cli.js')

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Of stdout, line by line. */
  readonly json: readonly Record<string, unknown>[]
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly stdin?: Readable
  readonly isTty?: boolean
  /** Given what interrupts the run. */
  readonly onStart?: (interrupt: () => void) => void
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const stdout = new Text()
  const stderr = new Text()
  let code = 0
  const heard = new Set<() => void>()
  options.onStart?.(() => heard.forEach((listener) => listener()))
  const io: CliIo = {
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    stdin: options.stdin ?? Readable.from([]),
    stdout,
    stderr,
    isTty: options.isTty ?? false,
    setExitCode: (given) => {
      code = given
    },
    onInterrupt: (listener) => {
      heard.add(listener)
      return () => heard.delete(listener)
    },
  }
  await runCli(args, io)
  return ranOf(code, stdout.text, stderr.text)
}

export function ranOf(code: number, stdout: string, stderr: string): Ran {
  return {
    code,
    stdout,
    stderr,
    get json() {
      return linesIn(stdout)
    },
  }
}

export function linesIn(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

class Text extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null }>
}

/** The built command line, in a process of its own. */
export function start(args: readonly string[], { env = {}, cwd = tmpdir() }: RunOptions = {}): Started {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { PATH, HOME, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = new Promise<Ran & { readonly signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => {
      const ran = ranOf(code ?? -1, stdout, stderr)
      resolve({ code: ran.code, stdout, stderr, signal, json: [] })
    })
  })
  return { child, ended }
}

export interface Folder extends Disposable {
  readonly path: string
  write(name: string, text: string): string
  read(name: string): string
}

export function tempFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'notiwire-cli-'))
  return {
    path,
    write: (name, text) => {
      writeFileSync(join(path, name), text)
      return join(path, name)
    },
    read: (name) => readFileSync(join(path, name), 'utf8'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Waits for a condition that another process brings about. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}
