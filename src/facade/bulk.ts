/** Sends a source of messages side by side: it takes no more from the source than it has room for. */
import { nextTurn } from '../core/clock.ts'
import type { BulkResult, SendResult } from './result.ts'

export interface BulkProgress {
  /** How many have a result: the sum of the others. */
  readonly done: number
  readonly sent: number
  readonly skipped: number
  readonly failed: number
}

export interface BulkInit {
  readonly source: Iterator<unknown> | AsyncIterator<unknown>
  /** How many deliveries are under way at the same time. */
  readonly concurrency: number
  readonly send: (message: unknown, index: number) => Promise<SendResult>
  readonly onProgress: ((progress: BulkProgress) => void) | undefined
  /** Aborted, no more is taken from the source. */
  readonly signal: AbortSignal | undefined
}

/** After so many items others get a turn, also where no driver ever waits for anything. */
const ITEMS_PER_TURN = 200

export class Bulk {
  readonly #init: BulkInit
  readonly #ready: BulkResult[] = []
  readonly #progress = { done: 0, sent: 0, skipped: 0, failed: 0 }
  #taken = 0
  #underWay = 0
  #isTaking = false
  #isExhausted = false
  #isStopped = false
  #isLeft = false
  #sourceFailure: { readonly cause: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(init: BulkInit) {
    this.#init = init
  }

  /**
   * The results as they come. Leaving early takes no more from the source and waits for what is under way.
   * @throws what the source threw, after the results of what it gave before
   */
  async *results(): AsyncGenerator<BulkResult, void, undefined> {
    const { signal } = this.#init
    const stop = () => this.stopTaking()
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for (;;) {
        void this.#fill()
        const result = this.#ready.shift()
        if (result) yield result
        else if (this.#isDone) break
        else await this.#change()
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      await this.#end()
    }
    if (this.#sourceFailure) throw this.#sourceFailure.cause
  }

  /** Takes no more from the source; what is under way still gets its results. */
  stopTaking(): void {
    this.#isStopped = true
    this.#wake()
  }

  /** Whether the source had nothing more to give. */
  get isExhausted(): boolean {
    return this.#isExhausted
  }

  get #isDone(): boolean {
    return this.#underWay === 0 && (this.#isExhausted || this.#isStopped)
  }

  /** What nobody has fetched yet counts too, so that a slow reader slows the source down. */
  get #hasRoom(): boolean {
    const { concurrency } = this.#init
    return this.#underWay < concurrency && this.#ready.length < concurrency
  }

  async #fill(): Promise<void> {
    if (this.#isTaking) return
    this.#isTaking = true
    while (!this.#isExhausted && !this.#isStopped && this.#hasRoom) {
      if (this.#taken % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await new Promise<void>(nextTurn)
      await this.#takeOne()
    }
    this.#isTaking = false
    this.#wake()
  }

  async #takeOne(): Promise<void> {
    try {
      const item = await this.#init.source.next()
      if (item.done) this.#isExhausted = true
      else if (!this.#isLeft) void this.#sendOne(await item.value)
    } catch (cause) {
      this.#isExhausted = true
      this.#sourceFailure = { cause }
      // It may not know of it: what it gave was a promise, and that failed.
      void this.#leaveSource()
    }
  }

  async #sendOne(message: unknown): Promise<void> {
    const index = this.#taken
    this.#taken += 1
    this.#underWay += 1
    const result = await this.#init.send(message, index)
    this.#underWay -= 1
    this.#progress.done += 1
    this.#progress[result.status] += 1
    this.#ready.push({ ...result, index })
    this.#init.onProgress?.({ ...this.#progress })
    this.#wake()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** The source may wait for its next item forever, so that its end is not waited for. */
  async #end(): Promise<void> {
    this.#isStopped = true
    this.#isLeft = true
    if (!this.#isExhausted) void this.#leaveSource()
    while (this.#underWay > 0) await this.#change()
  }

  async #leaveSource(): Promise<void> {
    try {
      await this.#init.source.return?.()
    } catch {
      // What a source throws when it is left early helps nobody any more.
    }
  }
}
