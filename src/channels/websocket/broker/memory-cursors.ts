/** How far each device has acknowledged in one channel. */

/** What a channel remembers at most; the device that was heard of least lately is forgotten first. */
export const MAX_DEVICES = 100

interface Cursor {
  readonly device: string
  readonly offset: number
  readonly endsAt: number
}

/** A list: most channels are a user's, who has few devices, and there are many users. */
export class MemoryCursors {
  /** By when they were heard of. */
  readonly #cursors: Cursor[] = []

  /** @returns the device's offset now */
  acknowledge(cursor: Cursor, now: number): number {
    const offset = Math.max(cursor.offset, this.offsetOf(cursor.device, now) ?? 0)
    const index = this.#cursors.findIndex(({ device }) => device === cursor.device)
    if (index >= 0) this.#cursors.splice(index, 1)
    else if (this.#cursors.length === MAX_DEVICES) this.#cursors.shift()
    this.#cursors.push({ ...cursor, offset })
    return offset
  }

  offsetOf(device: string, now: number): number | undefined {
    const cursor = this.#cursors.find((one) => one.device === device)
    return cursor && cursor.endsAt > now ? cursor.offset : undefined
  }

  foremost(now: number): number | undefined {
    let foremost: number | undefined
    for (const { offset, endsAt } of this.#cursors) {
      if (endsAt > now && !(foremost !== undefined && foremost >= offset)) foremost = offset
    }
    return foremost
  }
}
