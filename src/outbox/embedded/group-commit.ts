/** Everything that one turn of the event loop asks for is one transaction, and waits for the disk once. */
import { nextTurn } from '../../core/clock.ts'
import type { Store } from './store.ts'

interface Asked {
  readonly run: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (cause: unknown) => void
}

export class GroupCommit {
  readonly #store: Store
  #asked: Asked[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** @returns what `run` returns, once it is on the disk. Where `run` throws, only its own caller is told. */
  submit<Value>(run: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) nextTurn(() => this.flush())
      this.#asked.push({ run, resolve: resolve as Asked['resolve'], reject })
    })
  }

  /** Commits what was asked for so far, now. */
  flush(): void {
    const asked = this.#asked
    this.#asked = []
    const [only] = asked
    if (!only) return
    if (asked.length === 1) return this.#commitAlone(only)
    try {
      const values = this.#store.transaction(() => asked.map(({ run }) => run()))
      for (const [at, { resolve }] of asked.entries()) resolve(values[at])
    } catch {
      // Nothing of it was kept: one by one, so that only who cannot be served fails.
      for (const one of asked) this.#commitAlone(one)
    }
  }

  #commitAlone({ run, resolve, reject }: Asked): void {
    try {
      resolve(this.#store.transaction(run))
    } catch (cause) {
      reject(cause)
    }
  }
}
