/** Remembers what was published under an id, for {@link ID_TTL_MS}. */
import { ID_TTL_MS, type Published } from '../../../core/push-broker.ts'

/** What was answered, in little memory: every message has an id. */
interface Answer {
  /** Milliseconds since its slice began. */
  readonly at: number
  readonly nodes: number | null
  readonly offset: number
  /** Absent where nothing was kept. */
  readonly epoch: string | undefined
}

interface Slice {
  readonly startsAt: number
  readonly answers: Map<string, Answer>
}

const SLICE_MS = ID_TTL_MS / 2

/** Slices of time that are forgotten as a whole: no id is ever looked for because it is old. */
export class RecentIds {
  /** The newest first. */
  #slices: Slice[] = []

  /** How many are remembered, those whose time is over included. */
  get size(): number {
    return this.#slices.reduce((size, { answers }) => size + answers.size, 0)
  }

  /** What was answered under the key, as it is answered again. */
  get(key: string | undefined, now: number): Published | undefined {
    if (key === undefined) return undefined
    for (const { startsAt, answers } of this.#slices) {
      const answer = answers.get(key)
      if (answer) return now - startsAt - answer.at < ID_TTL_MS ? toPublished(answer) : undefined
    }
    return undefined
  }

  /** Nothing without a key, as everywhere. */
  set(key: string | undefined, { position, nodes }: Published, now: number): void {
    if (key === undefined) return
    const { startsAt, answers } = this.#newest(now)
    const at = Math.ceil(now - startsAt)
    answers.set(key, { at, nodes, offset: position?.offset ?? 0, epoch: position?.epoch })
  }

  delete(key: string | undefined): void {
    if (key !== undefined) for (const { answers } of this.#slices) answers.delete(key)
  }

  /** Lets go of what is over; costs next to nothing, to be called often. */
  forget(now: number): void {
    const oldest = this.#slices.at(-1)
    if (oldest && oldest.startsAt + SLICE_MS + ID_TTL_MS <= now) this.#slices.pop()
  }

  clear(): void {
    this.#slices = []
  }

  #newest(now: number): Slice {
    const newest = this.#slices[0]
    if (newest && now < newest.startsAt + SLICE_MS) return newest
    const slice = { startsAt: now, answers: new Map<string, Answer>() }
    this.#slices.unshift(slice)
    return slice
  }
}

function toPublished({ nodes, offset, epoch }: Answer): Published {
  return { position: epoch === undefined ? undefined : { offset, epoch }, nodes, isDuplicate: true }
}
