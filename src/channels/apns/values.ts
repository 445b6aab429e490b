/** Small value types that several parts of a message share. */
import * as z from 'zod'

/** Later than this many seconds is the year 5138: somebody passed milliseconds. */
const MAX_SECONDS = 100_000_000_000

const seconds = z
  .int('expected whole epoch seconds or a Date')
  .min(0, 'expected epoch seconds of 0 or more')
  .max(MAX_SECONDS, 'expected epoch seconds; this looks like milliseconds')

/** A moment: a Date, or epoch seconds. */
export const instant = z.union([
  z
    .date('expected a valid Date or epoch seconds')
    .refine((date) => date.getTime() >= 0 && date.getTime() <= MAX_SECONDS * 1000, {
      message: 'expected a Date between 1970 and 5138',
    }),
  seconds,
])

export type Instant = z.output<typeof instant>

export function toSeconds(moment: Instant | undefined): number | undefined {
  return moment instanceof Date ? Math.floor(moment.getTime() / 1000) : moment
}

const MAX_LEVELS = 100
const json = z.record(z.string(), z.json())

/** Bounded first: what follows would recurse into a cycle until the stack is full. */
export const jsonObject = z
  .custom<z.input<typeof json>>(
    (value) => isBounded(value, MAX_LEVELS),
    `expected JSON without cycles, at most ${MAX_LEVELS} levels deep`,
  )
  .pipe(json)

function isBounded(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isBounded(inner, levels - 1))
}

/** Device tokens are hex of a length Apple may change; today 64 digits, more for Live Activities. */
export const deviceToken = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){8,200}$/i, 'expected a device token in hex, 16 to 400 digits and an even number')

/** What a header carries unharmed: `node:http2` writes the rest as Latin-1, and some of it as line breaks. */
export const headerText = z.string().regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a UUID such as those of randomUUID()')
