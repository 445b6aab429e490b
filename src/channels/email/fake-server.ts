/** What the fake makes of each step of a session, as options of smtp-server. */
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type {
  SMTPServerAddress,
  SMTPServerAuthentication,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server'
import { readAddress } from './address.ts'
import { isKeptIn } from '../../core/fake.ts'
import type { ArmedFault, FakeFaults } from './fake-faults.ts'
import type { FakeCommand, FakeEmail, FakeSmtpOptions } from './fake-options.ts'
import { complaint } from './fake-review.ts'
import type { FakeConnection } from './fake-connection.ts'
import type { FakeWatching } from './fake-watching.ts'

export interface FakeBench {
  readonly faults: FakeFaults
  readonly accessTokens: ReadonlySet<string>
  readonly heard: (verb: string) => void
  readonly accept: (email: FakeEmail) => void
  readonly now: () => number
  readonly connectionOf: (id: string) => FakeConnection | undefined
  readonly socketOf: (remotePort: number) => Socket | undefined
  readonly watching: FakeWatching
}

type Answer = (error?: Error | null, message?: string) => void

const VERB = /^(EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|RSET|NOOP|QUIT)\b/i
const DEFAULT_MAX_BYTES = 26_214_400

export function serverOptions(options: FakeSmtpOptions, bench: FakeBench): SMTPServerOptions {
  const { tls, secure = false, maxBytes = DEFAULT_MAX_BYTES } = options
  const hasLogin = takesLogins(options)
  return {
    ...tls,
    secure,
    name: 'fake.notiwire.test',
    banner: 'notiwire fake',
    size: maxBytes,
    rejectOversized: true,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    allowInsecureAuth: tls === undefined,
    authOptional: options.acceptsAnyLogin === true,
    disabledCommands: [...(hasLogin ? [] : ['AUTH']), ...(tls && !secure ? [] : ['STARTTLS'])],
    disableReverseLookup: true,
    hidePIPELINING: options.pipelining === false,
    hideSMTPUTF8: options.smtpUtf8 === false,
    hideDSN: false,
    hideREQUIRETLS: options.requireTLS !== true,
    maxRecipients: options.maxRecipients ?? 100,
    maxAllowedUnauthenticatedCommands: false,
    closeTimeout: 1,
    logger: false,
    onConnect: (session, answer) => onConnect(session, answer, bench),
    onAuth: (auth, _session, answer) => answer(null, login(auth, options, bench.accessTokens)),
    onMailFrom: ({ address }, _session, answer) => answer(senderProblem(address, options)),
    onRcptTo: ({ address }, session, answer) => onRecipient(address, { session, answer, bench }, options),
    onData: (stream, session, answer) => {
      // An unfinished message is no message; its connection is gone.
      buffer(stream).then(
        (raw) => onMessage(raw, { session, answer, bench }),
        () => undefined,
      )
    },
  }
}

function takesLogins({ users = {}, accessTokens = [], acceptsAnyLogin = false }: FakeSmtpOptions): boolean {
  return acceptsAnyLogin || Object.keys(users).length > 0 || accessTokens.length > 0
}

function onConnect(session: SMTPServerSession, answer: Answer, bench: FakeBench): void {
  const connection = bench.connectionOf(session.id)
  if (connection) intercept(connection, session, bench)
  if (strike(session, bench)) return
  const reply = bench.faults.takeRefusal('GREETING')
  answer(reply === undefined ? null : replyError(reply))
}

/** Answers commands that were told to be refused, before smtp-server sees them. */
function intercept(connection: FakeConnection, session: SMTPServerSession, bench: FakeBench): void {
  const proceed = connection._onCommand.bind(connection)
  const transcript = bench.watching.transcriptOf(connection)
  connection._onCommand = (command, callback = () => undefined) => {
    const verb = VERB.exec(command.toString('latin1'))?.[1]?.toUpperCase()
    transcript.heard(command.toString(), verb)
    if (verb === undefined) return proceed(command, callback)
    bench.heard(verb)
    if (verb === 'MAIL' && strike(session, bench)) return
    const reply = bench.faults.takeRefusal(verb as FakeCommand)
    if (reply === undefined) return proceed(command, callback)
    connection._socket.write(`${reply}\r\n`)
    transcript.answered(Number(reply.slice(0, 3)), reply.slice(4))
    if (reply.startsWith('421')) connection._socket.end()
    callback()
  }
}

/** Resets the connection where that is what was asked for. */
function strike({ remotePort }: SMTPServerSession, { faults, socketOf }: FakeBench): boolean {
  const armed = faults.takeUnreachable()
  if (!armed) return false
  socketOf(remotePort)?.resetAndDestroy()
  armed.happened()
  return true
}

interface Arrival {
  readonly session: SMTPServerSession
  readonly answer: Answer
  readonly bench: FakeBench
}

function onRecipient(address: string, { session, answer, bench }: Arrival, options: FakeSmtpOptions): void {
  const fault = bench.watching.simulate(session, address)
  if (fault === 'unreachable') return void bench.socketOf(session.remotePort)?.resetAndDestroy()
  const reply = bench.watching.refusalOf(session, 'RCPT') ?? recipientProblem(address, options)
  if (reply === undefined) return answer(null)
  answer(replyError(reply))
  bench.watching.turnedAway(session, address, reply)
}

function onMessage(raw: Buffer, { session, answer, bench }: Arrival): void {
  const { watching, faults } = bench
  const email = { ...emailOf(raw, session), receivedAt: new Date(bench.now()) }
  const reply = faults.takeRefusal('MESSAGE') ?? watching.refusalOf(session, 'MESSAGE') ?? complaint(raw)
  if (reply !== undefined) {
    answer(replyError(reply))
    return watching.told(session, email, { isKept: false, reply })
  }
  const armed = watching.faultOf(session) ?? faults.takeAfterMessage()
  const isKept = isKeptIn(armed)
  if (isKept) bench.accept(email)
  if (armed) {
    fail(armed, session, bench)
    return watching.told(session, email, { isKept, fault: armed.fault })
  }
  const accepted = `2.0.0 Ok: queued as ${session.id.slice(0, 10).toUpperCase()}${session.transaction}`
  answer(null, accepted)
  watching.told(session, email, { isKept, reply: `250 ${accepted}` })
}

function fail({ fault, happened }: ArmedFault, session: SMTPServerSession, bench: FakeBench): void {
  if (fault === 'reset' || fault === 'reset_accepted') bench.socketOf(session.remotePort)?.resetAndDestroy()
  if (fault === 'garbage')
    bench.connectionOf(session.id)?._socket.write('\x00\x17\xff<html>Bad Gateway</html>\r\n')
  happened()
}

function emailOf(raw: Buffer, { envelope, user, secure }: SMTPServerSession): Omit<FakeEmail, 'receivedAt'> {
  return {
    from: envelope.mailFrom ? onTheWire(envelope.mailFrom) : '',
    to: envelope.rcptTo.map(onTheWire),
    raw,
    user: typeof user === 'string' ? user : undefined,
    isSecure: secure,
    envelopeId: envelope.dsn?.envid ?? undefined,
  }
}

/** smtp-server shows domains in their own script. */
function onTheWire({ address }: SMTPServerAddress): string {
  const read = readAddress(address)
  return 'address' in read ? read.address : address
}

function login(
  { method, username = '', password, accessToken = '' }: SMTPServerAuthentication,
  { users = {}, acceptsAnyLogin }: FakeSmtpOptions,
  accessTokens: ReadonlySet<string>,
) {
  if (acceptsAnyLogin) return { user: username }
  if (method === 'XOAUTH2') {
    const refusal = { data: { status: '401', schemes: 'bearer', scope: 'https://mail.google.com/' } }
    return accessTokens.has(accessToken) ? { user: username } : refusal
  }
  const isRight = Object.hasOwn(users, username) && users[username] === password
  return isRight
    ? { user: username }
    : { responseCode: 535, message: '5.7.8 Authentication credentials invalid' }
}

function senderProblem(address: string, { senders }: FakeSmtpOptions): Error | null {
  if (!senders || senders.includes(address)) return null
  return replyError(`550 5.7.1 <${address}>: Sender address rejected: not owned by user`)
}

/** Names the address, as Postfix does. */
function recipientProblem(address: string, { mailboxes }: FakeSmtpOptions): string | undefined {
  if (!mailboxes || mailboxes.includes(address)) return undefined
  return `550 5.1.1 <${address}>: Recipient address rejected: User unknown`
}

/** smtp-server answers with the code and text of the error. */
function replyError(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
}
