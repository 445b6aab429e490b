/** Work that several wait for at once. It goes on while one of them waits, and is stopped when the last leaves. */
import { untilAborted } from '../../core/until-aborted.ts'

export class SharedWork<T> {
  readonly #stop = new AbortController()
  readonly #work: Promise<T>
  #waiting = 0

  /** @param start begins the work at once; it is told to stop by the signal */
  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#work = start(this.#stop.signal)
    // Those who left do not hear of it.
    this.#work.catch(() => undefined)
  }

  /** Whether nobody waits any more: whoever comes now must begin anew. */
  get isOver(): boolean {
    return this.#stop.signal.aborted
  }

  /**
   * What the work settles to.
   * @param signal makes this one leave; without it, it stays to the end
   * @throws {NotifyError} ABORTED, not sent, when the signal aborts first
   */
  async join(signal?: AbortSignal): Promise<T> {
    this.#waiting += 1
    let hasLeft = false
    const leave = () => {
      if (hasLeft) return
      hasLeft = true
      this.#waiting -= 1
      if (this.#waiting === 0) this.#stop.abort()
    }
    if (signal?.aborted) leave()
    // Heard at once: who comes right after the last has left must not be given what is stopped.
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await (signal ? untilAborted(this.#work, signal) : this.#work)
    } finally {
      signal?.removeEventListener('abort', leave)
      leave()
    }
  }
}
