/** How long the disk takes until it has something for good: a thread is worth its price where that is long. */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Clock } from '../../core/clock.ts'

const TIMES = 5

/** The median of a few, in milliseconds. */
export function fsyncMs(file: string, clock: Clock): number {
  const probe = `${file}.probe`
  const handle = openSync(probe, 'w', 0o600)
  try {
    const times = Array.from({ length: TIMES }, () => {
      const startedAt = clock.monotonic()
      writeSync(handle, Buffer.alloc(4_096, 1))
      fsyncSync(handle)
      return clock.monotonic() - startedAt
    })
    return times.sort((a, b) => a - b)[Math.floor(TIMES / 2)] ?? 0
  } finally {
    closeSync(handle)
    rmSync(probe, { force: true })
  }
}
