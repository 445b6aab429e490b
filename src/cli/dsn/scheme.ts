/** What a scheme of DSNs is: the options it knows, what it makes of a DSN, and the driver behind it. */
import type { AnyNotifier } from '../../core/notifier.ts'
import { isLoopback } from '../../core/loopback.ts'
import type { OptionSpecs } from './options.ts'
import type { Dsn } from './parse.ts'

export type Values = Readonly<Record<string, unknown>>

export interface Scheme {
  readonly example: string
  /** What the part before the `@` must be. */
  readonly login: 'optional' | 'both' | 'password'
  /** What the two of it are called. */
  readonly loginNames: readonly [user: string, password: string]
  readonly options: OptionSpecs
  /** Whether a path may follow the host. @default false */
  readonly hasPath?: boolean
  /** What the DSN adds to the options, in the driver's words. */
  readonly config: (dsn: Dsn, values: Values) => Values
  /** Loads the driver, when there is one to make. */
  readonly load: () => Promise<(config: Values) => AnyNotifier>
}

/** An address of a provider that is known by itself is called `default`. */
export const DEFAULT_HOST = 'default'

/** Of `default` nothing, so that the driver's own holds; plain http on loopback alone. */
export function endpointOf({ host, port }: Dsn): string | undefined {
  if (host === DEFAULT_HOST) return undefined
  return `${isLoopback(host) ? 'http' : 'https'}://${authorityOf(host, port)}`
}

export function authorityOf(host: string, port: number | undefined): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}
