/** The commands `subscribe`, `unsubscribe` and `sub_refresh`. */
import { CLOSE, UNSUBSCRIBE } from '../close-codes.ts'
import type { ChannelPermission } from '../hooks.ts'
import { isTopic } from '../names.ts'
import { COMMAND_ERROR, isObject, pushFrame, type Command, type CommandError } from '../protocol.ts'
import type { Session } from '../session.ts'
import { appear, EXPIRY_GRACE_MS, expiryOf } from './connect.ts'
import { channelOf, readSince, tokenOf } from './params.ts'

/** What a subscription that the client need not renew is allowed by. */
export type Allowed = { readonly expiresAt?: number | undefined }
export type Verdict = { readonly error: CommandError } | Allowed

/** Personal channel and the one for everyone, which no client asked for. */
const SERVER_OWNED = 2

export async function subscribe(session: Session, command: Command): Promise<void> {
  const channel = channelOf(command.params)
  if (channel === undefined) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  const known = session.memberships.get(channel)
  if (known?.by === 'client') return session.answer(command, { error: COMMAND_ERROR.alreadySubscribed })
  const verdict = known ? {} : await verdictOn(session, channel, command.params)
  if (!session.link.isOpen) return
  if ('error' in verdict) return session.answer(command, { error: verdict.error })
  // What the server subscribed it to, a client may also ask for by itself: it is told where it stands.
  if (known) session.unsubscribe(channel)
  await enter(session, command, { channel, by: known?.by ?? 'client', allowed: verdict })
}

interface Entry {
  readonly channel: string
  readonly by: 'server' | 'client'
  readonly allowed: Allowed
}

async function enter(session: Session, command: Command, { channel, by, allowed }: Entry): Promise<void> {
  const { hub, device } = session
  const wanted = { channel, by, since: readSince(command.params), device }
  try {
    const entered = await hub.subscribing.enter(session, wanted, (membership) => {
      session.memberships.set(channel, membership)
    })
    if (!session.link.isOpen) return
    session.answerRaw(command, withExpiry(entered.text, expiryOf(allowed, hub.clock.now())))
    setExpiry(session, channel, allowed)
    hub.channels.release(entered)
    appear(session, channel, entered.membership)
  } catch (cause) {
    session.unsubscribe(channel)
    // It could not come back into a channel of the server's by itself: it has to connect again.
    if (by === 'server') session.end(CLOSE.internalError)
    throw cause
  }
}

function withExpiry(text: string, expiry: object): string {
  const more = JSON.stringify(expiry)
  return more === '{}' ? text : `${text.slice(0, -1)},${more.slice(1)}`
}

export function setExpiry(session: Session, channel: string, { expiresAt }: Allowed): void {
  if (expiresAt === undefined) return
  const delayMs = expiresAt - session.hub.clock.now() + EXPIRY_GRACE_MS
  session.setSubscriptionDeadline(channel, delayMs, () => {
    session.unsubscribe(channel)
    session.link.write(pushFrame(channel, 'unsubscribe', JSON.stringify(UNSUBSCRIBE.expired)))
  })
}

async function verdictOn(session: Session, channel: string, params: unknown): Promise<Verdict> {
  const { hub, user = '', memberships } = session
  if (memberships.size - SERVER_OWNED >= hub.config.maxChannels) return { error: COMMAND_ERROR.limitExceeded }
  if (!isTopic(channel)) return { error: COMMAND_ERROR.permissionDenied }
  const token = tokenOf(params)
  if (token !== undefined) return verdictOnToken(session, channel, token)
  const data = isObject(params) ? params['data'] : undefined
  const permission = await hub.config.authorizeChannel?.({ user, channel, data })
  return verdictOf(permission, hub.clock.now())
}

/** Anything but a clear yes is a no; a time that is none would never end, and one that is past has. */
export function verdictOf(permission: ChannelPermission | undefined, now: number): Verdict {
  if (permission === true) return {}
  const expiresAt = isObject(permission) ? permission['expiresAt'] : undefined
  const isTimed = typeof expiresAt === 'number' && Number.isFinite(expiresAt) && expiresAt > now
  return isTimed ? { expiresAt } : { error: COMMAND_ERROR.permissionDenied }
}

function verdictOnToken(session: Session, channel: string, token: string): Verdict {
  const { hub, user } = session
  const permit = hub.readChannelToken(token)
  if (!permit || permit.user !== user || permit.channel !== channel) {
    return { error: COMMAND_ERROR.permissionDenied }
  }
  const isOver = permit.expiresAt <= hub.clock.now()
  return isOver ? { error: COMMAND_ERROR.tokenExpired } : { expiresAt: permit.expiresAt }
}

export function unsubscribe(session: Session, command: Command): void {
  const channel = channelOf(command.params)
  if (channel === undefined) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  if (session.memberships.get(channel)?.by === 'client') session.unsubscribe(channel)
  session.answer(command, { unsubscribe: {} })
}

export function subRefresh(session: Session, command: Command): void {
  const channel = channelOf(command.params)
  const token = tokenOf(command.params)
  if (channel === undefined || token === undefined) {
    return session.answer(command, { error: COMMAND_ERROR.badRequest })
  }
  if (session.memberships.get(channel)?.by !== 'client') {
    return session.answer(command, { error: COMMAND_ERROR.permissionDenied })
  }
  const verdict = verdictOnToken(session, channel, token)
  if ('error' in verdict) return session.answer(command, { error: verdict.error })
  setExpiry(session, channel, verdict)
  session.answer(command, { sub_refresh: expiryOf(verdict, session.hub.clock.now()) })
}
