/** Channels from environment variables: `NOTIWIRE_EMAIL` is the channel `email`. */
import type { Issue } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import { driverOf } from './expression.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ReadChannels {
  readonly channels: Readonly<Record<string, AnyNotifier>>
  /** Which variable each channel is from. */
  readonly variables: Readonly<Record<string, string>>
  /** Everything that is wrong, each by its variable. */
  readonly issues: readonly Issue[]
}

/** As long as the name of a channel may be. */
const VARIABLE = /^NOTIWIRE_([A-Z][A-Z0-9_]{0,23})$/

/** @param named channels that have a driver already, whose variables are not read */
export async function channelsOf(
  env: Environment,
  named: readonly string[],
  cwd: string,
): Promise<ReadChannels> {
  const channels: Record<string, AnyNotifier> = {}
  const variables: Record<string, string> = {}
  const issues: Issue[] = []
  for (const [variable, value = ''] of Object.entries(env)) {
    const channel = VARIABLE.exec(variable)?.[1]?.toLowerCase()
    if (channel === undefined || value.trim() === '' || named.includes(channel)) continue
    const { driver, faults } = await driverOf(value, cwd)
    issues.push(...faults.map((message) => ({ path: variable, message })))
    if (!driver) continue
    channels[channel] = driver
    variables[channel] = variable
  }
  return { channels, variables, issues }
}
