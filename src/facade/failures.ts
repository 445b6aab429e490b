/** The failures that the facade itself finds. */
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'

export function unknownChannel(channel: unknown, known: readonly string[]): NotifyError {
  const name = isChannelName(channel) ? `"${channel}"` : `what was given, a value of type ${typeof channel}`
  return new NotifyError(
    'UNKNOWN_CHANNEL',
    `No channel is named ${name}; there are: ${known.join(', ') || 'none'}`,
  )
}

/** Where arguments are mixed up, a recipient stands in its place: that is not quoted. */
export function isChannelName(channel: unknown): channel is string {
  return typeof channel === 'string' && /^[a-z][\w-]{0,23}$/i.test(channel)
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
  return new NotifyError('DRIVER_FAILED', text, { delivery, cause: bareError(cause, withoutText) })
}

/** Nobody knows which addresses to cut out of it; where it was thrown says what to mend. */
function withoutText(text: string): string {
  // Such as the `code` of an error of Node's.
  if (/^E[A-Z0-9_]{2,63}$/.test(text)) return text
  const frames = text.split('\n').filter((line) => /^\s+at /.test(line))
  return ['The text is withheld: it may name a recipient', ...frames].join('\n')
}
