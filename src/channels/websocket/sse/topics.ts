/** Which topics the client of a stream may have, of those that it asks for. */
import { verdictOf, type Allowed } from '../commands/subscribe.ts'
import type { Identity } from '../hooks.ts'
import { EVERYONE, isTopic, personalChannel } from '../names.ts'
import { COMMAND_ERROR, isObject, type CommandError } from '../protocol.ts'
import type { SessionHub } from '../session.ts'

export interface Asked {
  readonly allowed: ReadonlyMap<string, Allowed>
  readonly refused: ReadonlyMap<string, CommandError>
}

/** What the server subscribes to by itself is not asked for. */
export async function askFor(
  subs: Readonly<Record<string, unknown>>,
  { user, channels = [] }: Identity,
  { config, clock }: Pick<SessionHub, 'config' | 'clock'>,
): Promise<Asked> {
  const given = new Set([personalChannel(user), EVERYONE, ...channels])
  const wanted = Object.keys(subs).filter((channel) => !given.has(channel))
  const room = Math.max(0, config.maxChannels - channels.length)
  const verdicts = wanted.slice(0, room).map(async (channel) => {
    if (!isTopic(channel)) return [channel, verdictOf(undefined, clock.now())] as const
    const data = isObject(subs[channel]) ? subs[channel]['data'] : undefined
    return [
      channel,
      verdictOf(await config.authorizeChannel?.({ user, channel, data }), clock.now()),
    ] as const
  })
  const allowed = new Map<string, Allowed>()
  const refused = new Map<string, CommandError>()
  for (const [channel, verdict] of await Promise.all(verdicts)) {
    if ('error' in verdict) refused.set(channel, verdict.error)
    else allowed.set(channel, verdict)
  }
  for (const channel of wanted.slice(room)) refused.set(channel, COMMAND_ERROR.limitExceeded)
  return { allowed, refused }
}
