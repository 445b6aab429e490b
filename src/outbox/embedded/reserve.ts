/** Room that is given up when the disk is full, so that what was sent can still be noted down. */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDiskFull } from './failures.ts'

const BYTES = 1_048_576

export class Reserve {
  readonly #file: string

  /** @param file of the outbox */
  constructor(file: string) {
    this.#file = `${file}.reserve`
  }

  get #isWhole(): boolean {
    return existsSync(this.#file) && statSync(this.#file).size === BYTES
  }

  /** As much again is left to work with. Asked first: writing in vain again and again would keep the disk full. */
  get #hasRoom(): boolean {
    const { bavail, bsize } = statfsSync(dirname(this.#file))
    return bavail * bsize > BYTES + BYTES / 4
  }

  /** @returns `failed` where there may be room, and the file cannot be written all the same */
  take(): 'kept' | 'no room' | 'failed' {
    try {
      if (this.#isWhole) return 'kept'
      if (!this.#hasRoom) return 'no room'
      const handle = openSync(this.#file, 'w', 0o600)
      try {
        // Written, not only declared: a file with holes reserves nothing.
        for (let written = 0; written < BYTES;) written += writeSync(handle, Buffer.alloc(BYTES - written, 1))
        fsyncSync(handle)
      } finally {
        closeSync(handle)
      }
      return 'kept'
    } catch (cause) {
      this.release()
      return isDiskFull(cause) ? 'no room' : 'failed'
    }
  }

  /** @returns whether there was one to give up */
  release(): boolean {
    try {
      const wasThere = existsSync(this.#file)
      rmSync(this.#file, { force: true })
      return wasThere
    } catch {
      return false
    }
  }
}
