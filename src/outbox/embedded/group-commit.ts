/** Everything that one turn of the event loop asks for is one transaction, and waits for the disk once. */
import { nextTurn } from '../../core/clock.ts'
import type { Answer, Operation, OperationName, Operations } from './operations.ts'

interface Asked {
  readonly operation: Operation
  readonly resolve: (value: unknown) => void
  readonly reject: (cause: unknown) => void
}

export type Execute = (operations: readonly Operation[]) => readonly Answer[] | Promise<readonly Answer[]>

export class GroupCommit {
  readonly #execute: Execute
  /** Asked before a group is closed for what else belongs to it. */
  readonly #joining = new Set<() => void>()
  #asked: Asked[] = []
  #isArmed = false
  #isBusy = false

  constructor(execute: Execute) {
    this.#execute = execute
  }

  /** Resolves once it is on the disk. Where one fails, only its own caller is told. */
  call<N extends OperationName>(
    name: N,
    ...values: Parameters<Operations[N]>
  ): Promise<ReturnType<Operations[N]>> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ operation: [name, ...values], resolve: resolve as Asked['resolve'], reject })
      this.arm()
    })
  }

  /** `join` may call for more, which then is part of the group. */
  beforeEach(join: () => void): () => void {
    this.#joining.add(join)
    return () => void this.#joining.delete(join)
  }

  /** Sees to it that there is a group soon. */
  arm(): void {
    if (this.#isArmed || this.#isBusy) return
    this.#isArmed = true
    nextTurn(() => void this.#flush())
  }

  async #flush(): Promise<void> {
    for (const join of this.#joining) join()
    const asked = this.#asked
    this.#asked = []
    this.#isArmed = false
    if (asked.length === 0) return
    try {
      const answers = this.#execute(asked.map(({ operation }) => operation))
      if (!(answers instanceof Promise)) return settle(asked, answers)
      // What comes meanwhile waits for the disk together.
      this.#isBusy = true
      settle(asked, await answers)
    } catch (cause) {
      for (const { reject } of asked) reject(cause)
    }
    this.#isBusy = false
    if (this.#asked.length > 0) this.arm()
  }
}

function settle(asked: readonly Asked[], answers: readonly Answer[]): void {
  for (const [at, { resolve, reject }] of asked.entries()) {
    const answer = answers[at] ?? { error: new Error('The outbox gave no answer') }
    if ('error' in answer) reject(answer.error)
    else resolve(answer.value)
  }
}
