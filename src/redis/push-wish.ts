/** One pub/sub channel that is wanted, and who waits for it. */

export class Wish {
  readonly name: string
  #isHeard = false
  #settled = settleable()

  constructor(name: string) {
    this.name = name
  }

  /** Resolves while Redis has the subscription, or as soon as it has. */
  get heard(): Promise<void> {
    return this.#settled.promise
  }

  hear(): void {
    this.#isHeard = true
    this.#settled.resolve()
  }

  /** Who waits is told; it may be wanted on. */
  refuse(error: unknown): void {
    this.#settled.reject(error)
    this.#isHeard = false
    this.#settled = settleable()
  }

  /** The subscription went with its connection. Who waits waits on. */
  lose(): void {
    if (!this.#isHeard) return
    this.#isHeard = false
    this.#settled = settleable()
  }
}

function settleable() {
  let resolve: () => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<void>((onHeard, onRefused) => {
    resolve = onHeard
    reject = onRefused
  })
  // Not every wish is waited for.
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}
