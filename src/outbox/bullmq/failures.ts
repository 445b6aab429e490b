/** What a server of an outbox fails with, in our words. */
import { NotifyError } from '../../core/errors.ts'
import { bareError } from '../../core/redact.ts'

/** Without the command that failed, which drivers hang on their errors, message included. */
export function unavailable(cause: unknown): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  const text = `The server of the outbox ${isFull(cause) ? FULL : 'cannot be reached, or failed'}`
  return new NotifyError('UNAVAILABLE', `${text}; nothing is known to be kept`, {
    delivery: 'not_sent',
    cause: bareError(cause),
  })
}

const FULL = 'is full; give it more room'

/** Redis refuses with OOM; PostgreSQL with the class 53, insufficient resources. */
function isFull(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false
  return /^OOM |MISCONF/.test(cause.message) || ('code' in cause && /^53[12]/.test(String(cause.code)))
}

export async function orUnavailable<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw unavailable(cause)
  }
}
