/** How long, as people write it: `'5s'`, `'24h'`, or milliseconds. */
import * as z from 'zod'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const TEXT = /^(\d{1,9})(ms|s|m|h|d)$/
const MAX_MS = 30 * 86_400_000

/** Becomes whole milliseconds. */
export const duration = z
  .union([z.number(), z.string()], "expected milliseconds or a text such as '5s'")
  .transform((value, context) => {
    const ms = typeof value === 'number' ? value : millisecondsOf(value)
    if (Number.isInteger(ms) && ms > 0 && ms <= MAX_MS) return ms
    const message = "expected milliseconds or a text such as '250ms', '5s', '2h' or '7d', at most 30 days"
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

function millisecondsOf(text: string): number {
  const [, digits, unit = ''] = TEXT.exec(text) ?? []
  return Number(digits) * (UNITS[unit] ?? Number.NaN)
}
