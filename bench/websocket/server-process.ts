/** Starts a contestant in a process of its own, and asks it. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Answers, Ask, Contestant, ServeOptions } from './contract.ts'

export interface ServerProgram {
  readonly file: string
  readonly nodeArguments: readonly string[]
}

export class ServerProcess implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  static async start(
    contestant: Contestant,
    options: ServeOptions,
    program: ServerProgram,
  ): Promise<ServerProcess> {
    const child = fork(program.file, { execArgv: ['--expose-gc', ...program.nodeArguments] })
    const { port } = await ask(child, { do: 'start', contestant, options })
    return new ServerProcess(child, port)
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  ask<Question extends Ask>(question: Question): Promise<Answers[Question['do']]> {
    return ask(this.#child, question)
  }

  async cpuUs(): Promise<number> {
    const { us } = await this.ask({ do: 'cpu' })
    return us
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

async function ask<Question extends Ask>(
  child: ChildProcess,
  question: Question,
): Promise<Answers[Question['do']]> {
  const waiting = new AbortController()
  const onExit = (code: number | null) => waiting.abort(new Error(`A server ended with code ${code}`))
  child.once('exit', onExit)
  const answered = once(child, 'message', { signal: waiting.signal })
  child.send(question)
  const [answer] = (await answered) as [Answers[Question['do']]]
  child.off('exit', onExit)
  return answer
}
