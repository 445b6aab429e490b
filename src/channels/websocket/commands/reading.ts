/** The commands `history`, `presence` and `presence_stats`, for those who are subscribed. */
import type { HistoryQuery } from '../../../core/push-broker.ts'
import type { ChannelRule } from '../channel-rules.ts'
import { COMMAND_ERROR, isObject, type Command, type CommandError } from '../protocol.ts'
import { publicationsText } from '../publication-frame.ts'
import type { Session } from '../session.ts'
import { channelOf, isOffset, readPosition } from './params.ts'

export async function history(session: Session, command: Command): Promise<void> {
  const { params } = command
  const told = readable(session, params, ({ history }) => history)
  if ('error' in told) return session.answer(command, told)
  const page = readPage(params as Record<string, unknown>)
  if (!page) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  const limit = Math.min(page.limit, session.hub.config.recoverLimit)
  const kept = await session.hub.broker.history(told.channel, { ...page, limit, rule: told.what })
  if (page.since && !kept.isComplete && !page.reverse) {
    return session.answer(command, { error: COMMAND_ERROR.unrecoverablePosition })
  }
  const where = JSON.stringify(kept.position)
  session.answerRaw(command, `${where.slice(0, -1)},"publications":${publicationsText(kept.publications)}}`)
}

type Page = Omit<HistoryQuery, 'rule'>

function readPage({ limit = 0, since, reverse = false }: Record<string, unknown>): Page | undefined {
  if (!isOffset(limit) || typeof reverse !== 'boolean') return undefined
  if (since === undefined || since === null) return { limit, reverse }
  const position = readPosition(since)
  return position && { limit, reverse, since: position }
}

export async function presence(session: Session, command: Command): Promise<void> {
  const told = readable(session, command.params, (rule) => rule.presence || undefined)
  if ('error' in told) return session.answer(command, told)
  const present = await session.hub.broker.present(told.channel)
  const byClient = Object.fromEntries(present.map(({ client, user }) => [client, { client, user }]))
  session.answer(command, { presence: { presence: byClient } })
}

export async function presenceStats(session: Session, command: Command): Promise<void> {
  const told = readable(session, command.params, (rule) => rule.presence || undefined)
  if ('error' in told) return session.answer(command, told)
  const { clients, users } = await session.hub.broker.presence(told.channel)
  session.answer(command, { presence_stats: { num_clients: clients, num_users: users } })
}

type Readable<T> = { readonly error: CommandError } | { readonly channel: string; readonly what: T }

/** Only what a client is subscribed to is it shown, and only where the channel is configured to show it. */
function readable<T>(
  { memberships, hub }: Session,
  params: unknown,
  choose: (rule: ChannelRule) => T | undefined,
): Readable<T> {
  const channel = isObject(params) ? channelOf(params) : undefined
  if (channel === undefined) return { error: COMMAND_ERROR.badRequest }
  if (!memberships.has(channel)) return { error: COMMAND_ERROR.permissionDenied }
  const what = choose(hub.rules.of(channel))
  return what === undefined ? { error: COMMAND_ERROR.notAvailable } : { channel, what }
}
