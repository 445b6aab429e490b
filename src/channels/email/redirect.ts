/** A message for one other recipient: the guard's way to keep mail of a staging system from real people. */
import { invalid } from '../../core/parse.ts'
import { readAddress } from './address.ts'
import type { EmailMessage } from './message.ts'

/**
 * The message for `to` alone: no copies, and no name that belongs to somebody else. All else stays as it is.
 * @throws {NotifyError} INVALID_MESSAGE, where `to` is not one bare address
 */
export function redirect(message: EmailMessage, to: string): EmailMessage {
  const address = onlyAddress(to)
  const { cc, bcc, ...rest } = message
  void [cc, bcc]
  return { ...rest, to: [{ address }] }
}

function onlyAddress(to: unknown): string {
  const read = typeof to === 'string' ? readAddress(to) : { problem: 'expected a bare address' }
  if ('address' in read) return read.address
  throw invalid('INVALID_MESSAGE', [{ path: 'guard.redirectTo', message: read.problem }])
}
