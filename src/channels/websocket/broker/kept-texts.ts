/** Texts under ids, each for its own time. */
import { sweep } from './sweep.ts'

interface KeptText {
  readonly text: string
  readonly endsAt: number
}

export class KeptTexts {
  readonly #texts = new Map<string, KeptText>()
  readonly #sweep = sweep(() => this.#walk())
  #now = 0

  /** How many are remembered, those whose time is over included. */
  get size(): number {
    return this.#texts.size
  }

  keep(id: string, kept: KeptText, now: number): void {
    this.#now = now
    // Two for each that comes: then what is over is never more than what is not.
    this.#sweep(2)
    this.#texts.set(id, kept)
  }

  read(id: string, now: number): string | undefined {
    const kept = this.#texts.get(id)
    return kept && kept.endsAt > now ? kept.text : undefined
  }

  take(id: string, now: number): string | undefined {
    const text = this.read(id, now)
    this.#texts.delete(id)
    return text
  }

  clear(): void {
    this.#texts.clear()
  }

  *#walk(): Generator<void> {
    for (const [id, { endsAt }] of this.#texts) {
      if (endsAt <= this.#now) this.#texts.delete(id)
      yield
    }
  }
}
