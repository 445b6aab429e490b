/** Everything that one turn of the event loop enqueues goes to the server together: it takes as long as one. */
import { nextTurn } from '../../core/clock.ts'
import type { Accepted, OutboxJob } from '../../core/outbox.ts'

interface Asked {
  readonly jobs: readonly OutboxJob[]
  readonly resolve: (answers: readonly Accepted[]) => void
  readonly reject: (cause: unknown) => void
}

/** How many go together at most: the server answers nobody else meanwhile. */
const MOST = 1_000

export class TurnBatch {
  readonly #add: (jobs: readonly OutboxJob[]) => Promise<readonly Accepted[]>
  #asked: Asked[] = []
  #count = 0

  constructor(add: (jobs: readonly OutboxJob[]) => Promise<readonly Accepted[]>) {
    this.#add = add
  }

  enqueue(jobs: readonly OutboxJob[]): Promise<readonly Accepted[]> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) nextTurn(() => void this.flush())
      this.#asked.push({ jobs, resolve, reject })
      this.#count += jobs.length
      if (this.#count >= MOST) void this.flush()
    })
  }

  /** Sends what was asked for so far. Never rejects: every caller is told. */
  async flush(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    this.#count = 0
    if (asked.length === 0) return
    try {
      const answers = await this.#add(asked.flatMap(({ jobs }) => jobs))
      let from = 0
      for (const { jobs, resolve } of asked) resolve(answers.slice(from, (from += jobs.length)))
    } catch (cause) {
      for (const { reject } of asked) reject(cause)
    }
  }
}
