/** The message of a command that takes one: JSON, a file of JSON, or flags. */
import { fieldsOf, merged, parseMessage, type MessageFlags } from './message/flags.ts'
import type { Fields } from './message/set-path.ts'

/** @throws {UsageError} where it cannot be read */
export function oneMessage(
  given: string | undefined,
  flags: MessageFlags,
  { provider, cwd }: { readonly provider: string; readonly cwd: string },
): Fields | undefined {
  const fields = fieldsOf(flags, provider)
  if (given !== undefined) return merged(parseMessage(given, cwd), fields)
  return Object.keys(fields).length > 0 ? fields : undefined
}
