/** One channel of the configuration, ready to be used. */
import { NotifyError } from '../core/errors.ts'
import type { AnyNotifier } from '../core/notifier.ts'
import { unknownChannel } from '../facade/failures.ts'
import { createNotify } from '../facade/notify.ts'
import type { Channels } from '../facade/options.ts'
import type { SandboxPlace } from '../facade/sandbox/link.ts'
import type { AnyNotify, LoadedConfig } from './config.ts'

export interface OpenChannel {
  readonly name: string
  readonly notify: AnyNotify
  /** Who carries it, as results name it. */
  readonly provider: string
  /** Absent where the configuration exports a Notify. */
  readonly driver: AnyNotifier | undefined
}

/**
 * With nothing of the configuration that a command for one message should not set off: no outbox is opened, and
 * failures are results.
 * @throws {NotifyError} UNKNOWN_CHANNEL, or INVALID_CONFIG where the options are wrong
 */
export function openChannel(loaded: LoadedConfig, name: string): OpenChannel {
  const known = Object.keys(loaded.sources)
  if (!known.includes(name)) throw unknownChannel(name, known)
  const { channels } = loaded.options
  const driver = Object.hasOwn(channels, name) ? channels[name] : undefined
  if (!driver && loaded.notify) return ofNotify(loaded.notify, name)
  const options = { ...loaded.options, outbox: undefined, debug: false }
  const notify: AnyNotify = createNotify<Channels>(options, { openSandbox })
  return { name, notify, driver, provider: driver?.provider ?? '' }
}

/** Loaded in sandbox mode alone. */
async function openSandbox(): Promise<SandboxPlace> {
  const { findOrStart } = await import('../sandbox/sandbox.ts')
  return findOrStart()
}

function ofNotify(notify: AnyNotify, name: string): OpenChannel {
  const providers = notify.health()[name] ?? []
  return { name, notify, driver: undefined, provider: providers.map(({ provider }) => provider).join(', ') }
}

/** @throws {NotifyError} INVALID_CONFIG, where the configuration exports a Notify, which keeps its drivers to itself */
export function driverOf({ driver, name }: OpenChannel): AnyNotifier {
  if (driver) return driver
  const text = `The driver of "${name}" cannot be seen: let the configuration export its options, { channels: ... }, instead of a Notify`
  throw new NotifyError('INVALID_CONFIG', text)
}
