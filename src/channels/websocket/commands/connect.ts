/** The command `connect`, which every client begins with. */
import type { Position } from '../../../core/push-broker.ts'
import { hasExpired } from '../auth.ts'
import type { Membership } from '../channel.ts'
import { CLOSE } from '../close-codes.ts'
import type { Identity } from '../hooks.ts'
import { EVERYONE, personalChannel } from '../names.ts'
import { COMMAND_ERROR, isObject, type Command } from '../protocol.ts'
import type { Session } from '../session.ts'
import type { Entered } from '../subscribing.ts'
import { deviceOf, readSince } from './params.ts'

/** How long a connection outlives its token, in milliseconds: clients come back with a new one. */
export const EXPIRY_GRACE_MS = 25_000

interface ConnectParams {
  readonly token?: string | undefined
  readonly data?: unknown
  readonly subs: Record<string, unknown>
}

export async function connect(session: Session, command: Command): Promise<void> {
  const params = readConnect(command.params)
  if (!params) return session.end(CLOSE.badRequest)
  const { hub, headers, ip } = session
  const answer = hub.authenticate({ token: params.token, data: params.data, headers, ip })
  const identity = answer instanceof Promise ? await answer : answer
  if (!session.link.isOpen) return
  if (!identity) return session.end(CLOSE.invalidToken)
  if (hasExpired(identity, hub.clock.now())) {
    return session.answer(command, { error: COMMAND_ERROR.tokenExpired })
  }
  await admit(session, identity, { ...params, answer: (result) => session.answerRaw(command, result) })
}

export interface Admission {
  readonly data?: unknown
  /** What the client says it has of its channels. */
  readonly subs: Record<string, unknown>
  /** Topics that the client wants along, which it was allowed already. */
  readonly topics?: readonly string[]
  /** Tells the client the result, as JSON text. */
  readonly answer: (result: string, entered: readonly Entered<Session>[]) => void
  /** More for the result. */
  readonly extra?: object
}

/** Makes the session one of the user's devices, in all channels that the server subscribes it to. */
export async function admit(session: Session, identity: Identity, admission: Admission): Promise<void> {
  const { user, channels = [] } = identity
  const { hub } = session
  if (channels.length > hub.config.maxChannels) return session.end(CLOSE.channelLimit)
  // From now on it can be found, to be disconnected.
  session.tokenId = identity.tokenId
  const device = deviceOf(admission.data)
  const own = [...new Set([personalChannel(user), EVERYONE, ...channels, ...(admission.topics ?? [])])]
  const entering = own.map((channel) =>
    enter(session, channel, { since: readSince(admission.subs[channel]), device }),
  )
  const entered = await settled(session, entering)
  if (!session.link.isOpen) return
  session.device = device ?? ''
  // The reply goes first: no publication may come before the client knows its channels.
  admission.answer(welcome(session, identity, { entered, extra: admission.extra }), entered)
  hub.join(session, identity)
  for (const one of entered) hub.channels.release(one)
  for (const { channel, membership } of entered) appear(session, channel.name, membership)
}

/** Tells others of the session, if it is still in the channel: a hook may have ended it, or a gap. */
export function appear(session: Session, channel: string, membership: Membership<Session>): void {
  if (session.memberships.get(channel) === membership) session.hub.presence.entered(channel, session)
}

function enter(
  session: Session,
  channel: string,
  { since, device }: { readonly since: Position | undefined; readonly device: string | undefined },
): Promise<Entered<Session>> {
  const wanted = { channel, by: 'server', since, device } as const
  return session.hub.subscribing.enter(session, wanted, (membership) => {
    session.memberships.set(channel, membership)
  })
}

/** Either it comes into all its channels, or it stays outside: it will try again. */
async function settled(
  session: Session,
  entering: readonly Promise<Entered<Session>>[],
): Promise<readonly Entered<Session>[]> {
  try {
    return await Promise.all(entering)
  } catch (cause) {
    for (const channel of [...session.memberships.keys()]) session.unsubscribe(channel)
    throw cause
  }
}

function welcome(
  { client, hub }: Session,
  identity: Identity,
  { entered, extra }: { readonly entered: readonly Entered<Session>[]; readonly extra?: object | undefined },
): string {
  const ping = Math.ceil(hub.config.pingMs / 1_000)
  const expiry = expiryOf(identity, hub.clock.now())
  const text = JSON.stringify({
    client,
    version: 'notiwire',
    node: hub.node,
    ping,
    pong: true,
    ...expiry,
    ...extra,
  })
  const subs = entered.map((one) => `${JSON.stringify(one.channel.name)}:${one.text}`)
  return `${text.slice(0, -1)},"subs":{${subs.join(',')}}}`
}

/** As clients are told of it: whole seconds until they should renew it. */
export function expiryOf({ expiresAt }: { readonly expiresAt?: number | undefined }, now: number): object {
  if (expiresAt === undefined) return {}
  return { expires: true, ttl: Math.max(1, Math.ceil((expiresAt - now) / 1_000)) }
}

function readConnect(params: unknown): ConnectParams | undefined {
  if (!isObject(params)) return undefined
  const { token, data, subs } = params
  if (token !== undefined && typeof token !== 'string') return undefined
  // The official client sends an empty token where it has none.
  return { token: token === '' ? undefined : token, data, subs: isObject(subs) ? subs : {} }
}
