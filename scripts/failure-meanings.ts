/** What each failure code means, for the table in `docs/errors.md`. */
import type { FailureCode } from '../src/core/failures.ts'

export const MEANINGS: Readonly<Record<FailureCode, string>> = {
  INVALID_MESSAGE: 'The message breaks its channel’s schema; every wrong field is named',
  CONTENT_REJECTED: 'The provider refuses the content or the template',
  PAYLOAD_TOO_LARGE: 'The message is larger than the channel carries',
  IDEMPOTENCY_MISMATCH: 'The idempotency key was used with another message',
  RECIPIENT_REJECTED: 'The address does not exist, or its owner refuses messages',
  RECIPIENT_OFFLINE: 'Nobody was connected to receive it',
  UNAUTHORIZED: 'The provider refuses our credentials or permissions',
  RATE_LIMITED: 'Too many messages just now; wait `retryAfterMs` where it is known',
  QUOTA_EXHAUSTED: 'A quota or balance that refills in hours or days is used up',
  UNAVAILABLE: 'The provider or the network failed',
  TIMED_OUT: 'No answer within the attempt timeout or the deadline',
  CIRCUIT_OPEN: 'The provider is being left alone after repeated failures',
  INVALID_CONFIG: 'A setting is wrong or a package is missing; the text says which',
  UNKNOWN_CHANNEL: 'No channel is registered under that name',
  ABORTED: 'The caller’s AbortSignal fired',
  EXPIRED: 'The message outlived its usefulness before it could be sent',
  CLOSED: 'The SDK was closed',
  DRIVER_FAILED: 'The driver failed in a way it cannot explain; its exception is the cause',
}
