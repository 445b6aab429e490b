/** What stands in Redis: names that tell nothing of whom they are about, and whole numbers of milliseconds. */
import { createHash } from 'node:crypto'

/** Longer is for ever to a user, and more than this Redis does not take. */
const MAX_MS = 1e15

/**
 * Half of a SHA-256: 128 bits are as good as unique, and no address can be read off them. Whoever has the names and
 * a list of all addresses could still try them one by one, so Redis is no public place for all that.
 */
export function hashOf(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16).toString('base64url')
}

export function wholeMs(ms: number): number {
  return Math.ceil(Math.min(ms, MAX_MS))
}
