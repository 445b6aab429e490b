/** Lets one go first after a provider said "too many", then two, then four: one more for each that comes back. */

/** So many at a time are as good as all. */
const ENOUGH = 64

export class SlowStart {
  #allowed = Number.POSITIVE_INFINITY
  #underWay = 0
  #era = 0
  #open: () => void = () => undefined

  /** The provider has had too much: what is under way says nothing of what comes after. */
  begin(): void {
    this.#era += 1
    this.#allowed = 1
    this.#underWay = 0
    this.#open()
  }

  get isOpen(): boolean {
    return this.#underWay < this.#allowed
  }

  /** Resolves when the next one may go. */
  opened(): { readonly done: Promise<void>; abort(): void } {
    const done = new Promise<void>((resolve) => {
      this.#open = resolve
    })
    return { done, abort: () => this.#open() }
  }

  /** One goes. @returns the era it belongs to */
  entered(): number {
    this.#underWay += 1
    return this.#era
  }

  /** One has come back. */
  left(era: number, wasAsked: boolean): void {
    if (era !== this.#era) return
    this.#underWay -= 1
    if (wasAsked) this.#allowed += 1
    if (this.#allowed > ENOUGH) this.#allowed = Number.POSITIVE_INFINITY
    if (this.isOpen) this.#open()
  }
}
