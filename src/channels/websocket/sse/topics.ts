/** Which topics the client of a stream may have, of those that it asks for. */
import { verdictOf, type Allowed } from '../commands/subscribe.ts'
import type { WebSocketConfig } from '../config.ts'
import type { Identity } from '../hooks.ts'
import { EVERYONE, isTopic, personalChannel } from '../names.ts'
import { COMMAND_ERROR, isObject, type CommandError } from '../protocol.ts'

export interface Asked {
  readonly allowed: ReadonlyMap<string, Allowed>
  readonly refused: ReadonlyMap<string, CommandError>
}

/** What the server subscribes to by itself is not asked for. */
export async function askFor(
  subs: Readonly<Record<string, unknown>>,
  { user, channels = [] }: Identity,
  config: WebSocketConfig,
): Promise<Asked> {
  const given = new Set([personalChannel(user), EVERYONE, ...channels])
  const wanted = Object.keys(subs).filter((channel) => !given.has(channel))
  const room = Math.max(0, config.maxChannels - channels.length)
  const verdicts = wanted.slice(0, room).map(async (channel) => {
    if (!isTopic(channel)) return [channel, verdictOf(undefined)] as const
    const data = isObject(subs[channel]) ? subs[channel]['data'] : undefined
    return [channel, verdictOf(await config.authorizeChannel?.({ user, channel, data }))] as const
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
