/** What each command of the client protocol does. */
import { hasExpired } from './auth.ts'
import { CLOSE } from './close-codes.ts'
import type { Identity } from './hooks.ts'
import { EVERYONE, isTopic, MAX_NAME_LENGTH, personalChannel } from './names.ts'
import { COMMAND_ERROR, isObject, type Command, type CommandError } from './protocol.ts'
import type { Perform, Session } from './session.ts'

/** How long a connection outlives its token, in milliseconds: clients come back with a new one. */
const EXPIRY_GRACE_MS = 25_000
/** What a client may call that this server has no answer to. */
const UNAVAILABLE = ['history', 'presence', 'presence_stats', 'refresh', 'sub_refresh', 'rpc', 'send']

export const COMMANDS: ReadonlyMap<string, Perform> = new Map<string, Perform>([
  ['connect', connect],
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['publish', refuseWith(COMMAND_ERROR.permissionDenied)],
  ...UNAVAILABLE.map((method) => [method, refuseWith(COMMAND_ERROR.notAvailable)] as const),
])

interface ConnectParams {
  readonly token?: string | undefined
  readonly data?: unknown
  readonly subs: Record<string, unknown>
}

async function connect(session: Session, command: Command): Promise<void> {
  const params = readConnect(command.params)
  if (!params) return session.end(CLOSE.badRequest)
  const { hub, headers, ip } = session
  const answer = hub.authenticate({ token: params.token, data: params.data, headers, ip })
  const identity = answer instanceof Promise ? await answer : answer
  if (!session.connection.isOpen) return
  if (!identity) return session.end(CLOSE.invalidToken)
  if (hasExpired(identity, hub.clock.now())) {
    return session.answer(command, { error: COMMAND_ERROR.tokenExpired })
  }
  admit(session, identity, (own) => session.answer(command, { connect: welcome(session, own, params.subs) }))
}

function readConnect(params: unknown): ConnectParams | undefined {
  if (!isObject(params)) return undefined
  const { token, data, subs } = params
  if (token !== undefined && typeof token !== 'string') return undefined
  // The official client sends an empty token where it has none.
  return { token: token === '' ? undefined : token, data, subs: isObject(subs) ? subs : {} }
}

/** The reply goes first: no publication may come before the client knows its channels. */
function admit(session: Session, identity: Identity, reply: (own: readonly string[]) => void): void {
  const { user, channels = [], expiresAt } = identity
  const { hub } = session
  if (channels.length > hub.config.maxChannels) return session.end(CLOSE.channelLimit)
  const own = [personalChannel(user), EVERYONE, ...channels]
  reply(own)
  const ttlMs = expiresAt === undefined ? undefined : expiresAt - hub.clock.now() + EXPIRY_GRACE_MS
  hub.setDeadline(session, ttlMs, CLOSE.expired)
  hub.join(session, user, own)
}

function welcome(session: Session, channels: readonly string[], wanted: Record<string, unknown>): object {
  const subs = channels.map((channel) => [channel, subscription(wanted[channel])] as const)
  const ping = Math.ceil(session.hub.config.pingMs / 1_000)
  return { client: session.client, version: 'notiwire', ping, pong: true, subs: Object.fromEntries(subs) }
}

/** Channels keep no history yet, so whoever asks to recover learns that it missed what it missed. */
function subscription(wanted: unknown): object {
  const isRecovering = isObject(wanted) && wanted['recover'] === true
  const nothingKept = { recoverable: false, positioned: false }
  return isRecovering ? { ...nothingKept, was_recovering: true, recovered: false } : nothingKept
}

async function subscribe(session: Session, command: Command): Promise<void> {
  const channel = channelOf(command)
  if (channel === undefined) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  const known = session.channels.get(channel)
  // What the server subscribed it to, a client may also ask for by itself.
  if (known === 'server') return session.answer(command, { subscribe: subscription(command.params) })
  const error = known ? COMMAND_ERROR.alreadySubscribed : await refusalOf(session, command, channel)
  if (!session.connection.isOpen) return
  if (error) return session.answer(command, { error })
  session.answer(command, { subscribe: subscription(command.params) })
  session.channels.set(channel, 'client')
  session.hub.registry.add(channel, session)
}

async function refusalOf(
  { hub, user = '', channels }: Session,
  { params }: Command,
  channel: string,
): Promise<CommandError | undefined> {
  const serverOwned = 2
  if (channels.size - serverOwned >= hub.config.maxChannels) return COMMAND_ERROR.limitExceeded
  if (!isTopic(channel)) return COMMAND_ERROR.permissionDenied
  const data = isObject(params) ? params['data'] : undefined
  const isAllowed = await hub.config.authorizeChannel?.({ user, channel, data })
  return isAllowed === true ? undefined : COMMAND_ERROR.permissionDenied
}

function unsubscribe(session: Session, command: Command): void {
  const channel = channelOf(command)
  if (channel === undefined) return session.answer(command, { error: COMMAND_ERROR.badRequest })
  if (session.channels.get(channel) === 'client') {
    session.channels.delete(channel)
    session.hub.registry.delete(channel, session)
  }
  session.answer(command, { unsubscribe: {} })
}

function channelOf({ params }: Command): string | undefined {
  const channel = isObject(params) ? params['channel'] : undefined
  const isName = typeof channel === 'string' && channel !== '' && channel.length <= MAX_NAME_LENGTH
  return isName ? channel : undefined
}

function refuseWith(error: CommandError): Perform {
  return (session, command) => session.answer(command, { error })
}
