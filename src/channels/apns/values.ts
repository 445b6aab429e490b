/** Small value types that several parts of a message share. */
import * as z from 'zod'

/** Later than this many seconds is the year 5138: somebody passed milliseconds. */
const MAX_SECONDS = 100_000_000_000

const seconds = z
  .int('expected whole epoch seconds or a Date')
  .min(0, 'expected epoch seconds of 0 or more')
  .max(MAX_SECONDS, 'expected epoch seconds; this looks like milliseconds')

/** A moment: a Date, or epoch seconds. */
export const instant = z.union([z.date('expected a valid Date or epoch seconds'), seconds])

export type Instant = z.output<typeof instant>

export function toSeconds(moment: Instant | undefined): number | undefined {
  return moment instanceof Date ? Math.floor(moment.getTime() / 1000) : moment
}

export const jsonObject = z.record(z.string(), z.json())

/** Device tokens are hex of a length Apple may change; today 64 digits, more for Live Activities. */
export const deviceToken = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){8,200}$/i, 'expected a device token in hex, 16 to 400 digits and an even number')

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a UUID such as those of randomUUID()')
