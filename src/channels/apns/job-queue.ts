/** Pushes that wait for a stream: first in, first out, those sent back to it first of all. Removal anywhere is O(1). */

export class JobQueue<Job> {
  readonly #again = new Set<Job>()
  readonly #fresh = new Set<Job>()

  get size(): number {
    return this.#again.size + this.#fresh.size
  }

  push(job: Job): void {
    this.#fresh.add(job)
  }

  /** For one that had its turn. */
  pushAgain(job: Job): void {
    this.#again.add(job)
  }

  shift(): Job | undefined {
    for (const queue of [this.#again, this.#fresh]) {
      for (const job of queue) {
        queue.delete(job)
        return job
      }
    }
    return undefined
  }

  delete(job: Job): void {
    this.#again.delete(job)
    this.#fresh.delete(job)
  }

  /** Takes all out. */
  drain(): Job[] {
    const jobs = [...this.#again, ...this.#fresh]
    this.#again.clear()
    this.#fresh.clear()
    return jobs
  }
}
