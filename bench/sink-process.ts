/** Starts the SMTP sink in a process of its own, and asks it what it has received. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SinkCount } from './smtp-sink.ts'

export class SinkProcess {
  readonly port: number
  readonly #child: ChildProcess

  static async start(): Promise<SinkProcess> {
    const child = fork(join(import.meta.dirname, 'smtp-sink.ts'), { execArgv: ['--import', 'tsx'] })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new SinkProcess(child, port)
  }

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** What it received since it was asked last. */
  async count(): Promise<SinkCount> {
    const answered = once(this.#child, 'message')
    this.#child.send('count')
    const [count] = (await answered) as [SinkCount]
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}
