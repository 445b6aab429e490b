/** Starts a hub in a process of its own, and kills it. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SendResult } from '../../../../src/index.ts'
import type { WebSocketMessageInput, WebSocketReceipt } from '../../../../src/channels/websocket/index.ts'

const SCRIPT = join(import.meta.dirname, 'hub-process.ts')

type Result = SendResult<WebSocketReceipt>

export class HubProcess implements AsyncDisposable {
  readonly url: string
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (result: Result | undefined) => void>()
  #orders = 0

  constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
    child.on('message', ({ id, result }: { id: number; result: Result }) => this.#settle(id, result))
    child.once('exit', () => {
      for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
    })
  }

  /** @returns undefined where it died before it could say */
  send(message: WebSocketMessageInput): Promise<Result | undefined> {
    const id = ++this.#orders
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#child.send({ id, message }, (error) => error && this.#settle(id, undefined))
    })
  }

  /** At once, as a crash does: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #settle(id: number, result: Result | undefined): void {
    this.#waiting.get(id)?.(result)
    this.#waiting.delete(id)
  }
}

export async function forkHub(redisPort: number): Promise<HubProcess> {
  const child = fork(SCRIPT, [String(redisPort)], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return new HubProcess(child, url)
}
