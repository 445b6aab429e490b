/** Very many clients in another process: in C where a compiler is found, else in Node, which is slower itself. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { ClientReport, ConnectedReport, ReceivedReport } from './contract.ts'
import type { Dialect } from './dialects.ts'

export type ClientKind = 'c' | 'node'

/** How a load client is started; the port, the path and the file of tokens follow. */
export interface LoadProgram {
  readonly kind: ClientKind
  readonly command: string
  readonly args: readonly string[]
}

/**
 * @param inNode the client that is slower
 * @param kind undefined for the best that there is here
 */
export function prepareLoad(inNode: string, kind: ClientKind | undefined): LoadProgram {
  const program = join(dirname(inNode), 'load')
  if (kind !== 'node' && compile(program, kind === 'c')) return { kind: 'c', command: program, args: [] }
  return { kind: 'node', command: process.execPath, args: [inNode] }
}

function compile(program: string, isAsked: boolean): boolean {
  try {
    const source = join(import.meta.dirname, 'load.c')
    execFileSync('cc', ['-O2', '-o', program, source], { stdio: ['ignore', 'ignore', 'pipe'] })
    return true
  } catch (cause) {
    if (isAsked) throw new Error('The client in C could not be compiled here', { cause })
    return false
  }
}

export class LoadClient implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #waiting: { readonly resolve: (line: string) => void; readonly reject: (cause: Error) => void }[] =
    []

  constructor({ command, args }: LoadProgram, target: { port: number; dialect: Dialect; tokens: string }) {
    const { port, dialect, tokens } = target
    const all = [...args, `${port}`, dialect.path, tokens]
    const child = spawn(command, all, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    this.#lines = createInterface({ input: child.stdout })
    this.#lines.on('line', (line) => this.#waiting.shift()?.resolve(line))
    child.once('exit', (code) => {
      for (const { reject } of this.#waiting) reject(new Error(`A load client ended with code ${code}`))
    })
    this.speak(dialect.steps)
    if (dialect.capture) this.#tell('capture', dialect.capture)
    if (dialect.beat[0]) this.#tell('beat', ...dialect.beat)
  }

  /** What clients that connect from now on say. */
  speak(steps: readonly string[]): void {
    this.#tell('steps', ...steps)
  }

  /** Counts the clients that see this text from now on. */
  check(text: string): void {
    this.#tell('check', text)
  }

  /** Connects until there are `count`, at most `window` on the way at a time; resolves when each is in or has failed. */
  connect(count: number, window: number): Promise<ConnectedReport> {
    return this.#ask('connect', `${count}`, `${window}`)
  }

  status(): Promise<ConnectedReport> {
    return this.#ask('status')
  }

  /** Resets the newest connections until `count` are left. */
  close(count: number): Promise<ClientReport & { readonly at: number }> {
    return this.#ask('close', `${count}`)
  }

  /** Gets ready for so many messages on each connection, and says so; `received` resolves when all have come. */
  async expect(each: number): Promise<{ readonly received: Promise<ReceivedReport> }> {
    await this.#ask('expect', `${each}`)
    const received = this.#next<ReceivedReport>()
    // Whoever awaits it is told; meanwhile something else may have failed first.
    received.catch(() => undefined)
    return { received }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await gone
    this.#lines.close()
  }

  #tell(...fields: readonly string[]): void {
    this.#child.stdin?.write(`${fields.join('\t')}\n`)
  }

  #ask<Report extends ClientReport>(...fields: readonly string[]): Promise<Report> {
    this.#tell(...fields)
    return this.#next()
  }

  async #next<Report extends ClientReport>(): Promise<Report> {
    const line = await new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    return JSON.parse(line) as Report
  }
}
