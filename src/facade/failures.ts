/** The failures that the facade itself finds. */
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'

export function unknownChannel(channel: unknown, known: readonly string[]): NotifyError {
  const name = typeof channel === 'string' ? `"${channel.slice(0, 64)}"` : `a value of type ${typeof channel}`
  return new NotifyError(
    'UNKNOWN_CHANNEL',
    `No channel is named ${name}; there are: ${known.join(', ') || 'none'}`,
  )
}

export function closed(): NotifyError {
  return new NotifyError('CLOSED', 'The SDK was closed; create a new one to send')
}

/**
 * What was thrown, as an error of ours.
 * @param wasTried whether a driver was asked at all
 */
export function toNotifyError(cause: unknown, wasTried: boolean): NotifyError {
  if (NotifyError.isNotifyError(cause)) return cause
  const delivery = wasTried ? 'unknown' : 'not_sent'
  const text = 'The driver or the options failed outside of their contract'
  return new NotifyError('DRIVER_FAILED', text, { delivery, cause: bareError(cause) })
}
