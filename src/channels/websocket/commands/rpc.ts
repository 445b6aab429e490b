/** The command `rpc`: acknowledgements, engagement, and whatever else the caller's own hook answers. */
import type { EngagementEvent } from '../hooks.ts'
import { COMMAND_ERROR, isObject, type Command } from '../protocol.ts'
import type { Reached } from '../reached.ts'
import type { Session } from '../session.ts'
import { readPosition } from './params.ts'

/** Channels in one command; a connection has not many more. */
const MAX_ENTRIES = 256
const MAX_ID_LENGTH = 128

export async function rpc(session: Session, command: Command): Promise<void> {
  const { method, data } = isObject(command.params) ? command.params : {}
  if (typeof method !== 'string') return session.answer(command, { error: COMMAND_ERROR.badRequest })
  if (method === 'ack') return acknowledge(session, command, data)
  if (method === 'seen' || method === 'clicked') return engage(session, command, { type: method, data })
  const { onRpc } = session.hub.config
  if (!onRpc) return session.answer(command, { error: COMMAND_ERROR.notAvailable })
  const { client, user = '' } = session
  const answer: unknown = await onRpc({ client, user, method, data })
  session.answer(command, { rpc: { data: answer ?? null } })
}

async function acknowledge(session: Session, command: Command, data: unknown): Promise<void> {
  const reached = readReached(data)
  if (!reached) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  await session.hub.acknowledge(session, reached)
  session.answer(command, { rpc: { data: {} } })
}

function engage(
  session: Session,
  command: Command,
  { type, data }: { readonly type: EngagementEvent['type']; readonly data: unknown },
): void {
  const reached = readReached(data)
  const isWhole = reached?.every(({ messageId }) => messageId !== '')
  if (!reached || !isWhole) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  session.hub.engage(session, type, reached)
  session.answer(command, { rpc: { data: {} } })
}

/** Undefined where it is anything else. */
export function readReached(data: unknown): readonly Reached[] | undefined {
  if (!Array.isArray(data) || data.length > MAX_ENTRIES) return undefined
  const reached = data.map((entry: unknown) => (Array.isArray(entry) ? readEntry(entry) : undefined))
  return reached.every((entry) => entry !== undefined) ? reached : undefined
}

function readEntry([channel, offset, epoch, messageId = '']: readonly unknown[]): Reached | undefined {
  const position = offset === undefined ? undefined : readPosition({ offset, epoch })
  if (typeof channel !== 'string' || typeof messageId !== 'string' || !position) return undefined
  return messageId.length > MAX_ID_LENGTH ? undefined : { channel, position, messageId }
}
