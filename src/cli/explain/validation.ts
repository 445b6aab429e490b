/** What validation and rendering make of a message. */
import { NotifyError, type Issue } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { maskAddress } from '../../core/redact.ts'
import type { Fields } from '../message/set-path.ts'
import { render } from '../render.ts'

export interface Checked {
  readonly issues: readonly Issue[]
  /** Masked. */
  readonly recipients: readonly string[]
  /** As they are, for the guard. */
  readonly addresses: readonly string[]
  /** What each provider would be given; undefined where its driver cannot tell. */
  readonly bytes: readonly (number | undefined)[]
}

export async function validationOf(driver: AnyNotifier, message: Fields): Promise<Checked> {
  try {
    const addresses = driver.recipients?.(driver.parse(message)) ?? []
    const rendered = await render(driver, message)
    return {
      issues: [],
      recipients: addresses.map(maskAddress),
      addresses,
      bytes: rendered.map(({ bytes }) => bytes),
    }
  } catch (cause) {
    const error = NotifyError.isNotifyError(cause) ? cause : driver.explain(cause)
    if (error.scope === 'config') throw error
    return {
      issues: error.issues ?? [{ path: '', message: error.message }],
      recipients: [],
      addresses: [],
      bytes: [],
    }
  }
}
