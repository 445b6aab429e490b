/** What a WebSocket hub is configured with: who may connect, and the limits of what peers may take. */
import * as z from 'zod'
import type { PushBroker } from '../../core/push-broker.ts'
import type {
  AcknowledgementEvent,
  Authenticate,
  AuthorizeChannel,
  ConnectionEvent,
  DisconnectionEvent,
  EngagementEvent,
  IsRevoked,
  OnRpc,
} from './hooks.ts'

/** RFC 7518, section 3.2: an HS256 key is at least as long as the hash. */
const MIN_KEY_BYTES = 32
const MAX_MS = 86_400_000
const DAY_MS = 86_400_000
/** Longer ones are what a database is for. */
const MAX_HISTORY = 10_000
const MAX_HISTORY_MS = 30 * DAY_MS

/** What a kept message takes besides its text, its key included. */
const MAX_ENTRY_BYTES = 1_024

const key = z
  .union([z.string(), z.instanceof(Uint8Array)], 'expected a string or bytes')
  .transform((value) => Buffer.from(value))
  .refine((value) => value.length >= MIN_KEY_BYTES, `expected a key of at least ${MIN_KEY_BYTES} bytes`)
  .refine(
    (value) => !value.toString('latin1').includes('-----BEGIN'),
    'expected a shared secret; a PEM key is for algorithms other than HS256',
  )

const jwt = z.strictObject({
  /** Secrets shared with whoever signs the tokens, each of at least 32 bytes; the first signs, all verify. */
  keys: z.array(key).min(1),
  /** The `aud` that tokens must carry, if any. */
  audience: z.string().min(1).optional(),
  /** The `iss` that tokens must carry, if any. */
  issuer: z.string().min(1).optional(),
})

const origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value.toLowerCase(),
    'expected an origin such as https://app.example.com, without path or trailing slash',
  )
  .toLowerCase()

const history = z.strictObject({
  /** Messages kept of each channel. */
  size: z.int().min(1).max(MAX_HISTORY),
  /** How long each is kept, in milliseconds. */
  ttlMs: z.int().min(1_000).max(MAX_HISTORY_MS),
})

const user = z.strictObject({
  /** What is kept for users who are away, or false for nothing. @default 100 messages, each for 24 hours */
  history: z.union([history, z.literal(false)]).default({ size: 100, ttlMs: DAY_MS }),
  /** What a client that has nothing yet is sent: what was not acknowledged, or nothing. */
  replay: z.enum(['unacknowledged', 'none']).default('unacknowledged'),
  /** Whether a message is done with when one device has acknowledged it, or is kept for each device on its own. */
  acknowledgedBy: z.enum(['any', 'each']).default('any'),
})

const namespace = z.strictObject({
  /** What is kept for subscribers who are away. @default nothing */
  history: history.optional(),
  /** Subscribers may ask who else is there. */
  presence: z.boolean().default(false),
  /** Subscribers are told who comes and goes. */
  joinLeave: z.boolean().default(false),
})

const NAMESPACE = /^(?![#@])[\x21-\x39\x3b-\x7e]{1,64}$/

const broker = z.custom<PushBroker>(
  (value) => typeof (value as PushBroker | null)?.publish === 'function',
  'expected a broker, such as redisBroker(client) of notiwire/redis',
)

const hook = <Hook>() => z.custom<Hook>((value) => typeof value === 'function', 'expected a function')
const atLeastOne = z.int().min(1)
const milliseconds = z.int().min(250).max(MAX_MS)

export const websocketConfig = z
  .strictObject({
    /** Verifies HS256 tokens with these keys. Give this or `authenticate`. */
    jwt: jwt.optional(),
    /** Decides who is connecting. Give this or `jwt`. */
    authenticate: hook<Authenticate>().optional(),
    /** Lets a client subscribe to a topic that its token does not name. @default nobody may */
    authorizeChannel: hook<AuthorizeChannel>().optional(),
    /** Turns away who shows a valid token all the same. */
    isRevoked: hook<IsRevoked>().optional(),
    /** False for a process that only sends, through a broker, and serves nobody. */
    server: z.boolean().default(true),
    /** Carries messages between processes, and keeps them for who is away. @default this process alone, in memory */
    broker: broker.optional(),
    /** Each user's own channel. */
    user: user.prefault({}),
    /** By namespace: `orders` is that of the topics `orders` and `orders:42`. Others keep nothing. */
    namespaces: z
      .record(
        z.string().regex(NAMESPACE, 'expected a namespace of printable ASCII without : and spaces'),
        namespace,
      )
      .default({}),
    /** Missed messages that a client is sent when it comes back; of more it is told that it missed too many. */
    recoverLimit: z.int().min(1).max(MAX_HISTORY).default(300),
    /** Bytes of messages that the broker in memory keeps for who is away, over all channels. */
    maxHistoryBytes: z.int().min(65_536).default(67_108_864),
    /** Answers `rpc` commands of clients. @default they are not available */
    onRpc: hook<OnRpc>().optional(),
    /** Told of every acknowledgement that reaches this process. */
    onAcknowledged: hook<(event: AcknowledgementEvent) => void>().optional(),
    /** Told when clients say that somebody looked at a message, or followed it. */
    onEngagement: hook<(event: EngagementEvent) => void>().optional(),
    onConnect: hook<(event: ConnectionEvent) => void>().optional(),
    onDisconnect: hook<(event: DisconnectionEvent) => void>().optional(),
    /** Told what a hook threw, and why an upgrade could not be served. @default nobody is told */
    onError: hook<(error: unknown) => void>().optional(),
    /** Path of the endpoint, without a query. */
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/, 'expected a path such as /push')
      .default('/push'),
    /** Origins of pages that may connect, or `*`. Clients that send no Origin are no browsers and always may. @default the server's own */
    origins: z.union([z.literal('*'), z.array(origin)]).optional(),
    /** Believe X-Forwarded-For and X-Forwarded-Host; only behind a proxy that sets them. */
    trustProxy: z.boolean().default(false),
    /** Silence before a ping, in milliseconds. Idle timeouts of proxies must be longer. */
    pingMs: milliseconds.default(25_000),
    /** Time for the pong, in milliseconds, before the peer counts as gone. */
    pongMs: milliseconds.default(8_000),
    /** Time for the first command, in milliseconds. */
    authTimeoutMs: milliseconds.default(10_000),
    /** Milliseconds over which `close()` at most spreads the closing of connections, so that they do not all return at once. */
    drainMs: z.int().min(0).max(MAX_MS).default(10_000),
    maxConnections: atLeastOne.default(50_000),
    /** New connections in a second; more are told to come again. */
    connectionsPerSecond: atLeastOne.default(2_000),
    /** Connections that have not shown a token yet. */
    maxUnauthenticated: atLeastOne.default(2_000),
    maxConnectionsPerIp: atLeastOne.default(200),
    /** Devices of one user; one more closes the oldest. */
    maxConnectionsPerUser: atLeastOne.default(20),
    /** Topics one connection may be subscribed to. */
    maxChannels: atLeastOne.default(128),
    /** Largest frame a client may send, in bytes. */
    maxInboundBytes: z.int().min(1_024).default(65_536),
    /** Largest publication, in bytes of JSON. */
    maxOutboundBytes: z.int().min(256).default(65_536),
    /** Bytes that may wait for one slow peer before it is cut off. */
    maxBufferedBytes: z.int().min(1_024).default(1_048_576),
    /** Bytes that may wait for one slow peer before `droppable` messages are left out for it. */
    dropAboveBytes: z.int().min(1_024).default(262_144),
    commandsPerSecond: atLeastOne.default(20),
    /** Commands at once; above `maxChannels`, because a client that returns subscribes to all its topics in one go. */
    commandBurst: atLeastOne.default(200),
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (config.server && !config.jwt === !config.authenticate) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of jwt and authenticate' })
    }
    if (!config.server && !config.broker)
      wrong('broker', 'expected a broker: without a server nobody is here')
    if (!config.broker && config.maxHistoryBytes < config.maxOutboundBytes + MAX_ENTRY_BYTES) {
      const least = config.maxOutboundBytes + MAX_ENTRY_BYTES
      wrong('maxHistoryBytes', `expected at least ${least}, to hold one message of maxOutboundBytes`)
    }
    if (config.pongMs >= config.pingMs) wrong('pongMs', `expected less than pingMs (${config.pingMs})`)
    if (config.commandBurst <= config.maxChannels) {
      wrong('commandBurst', `expected more than maxChannels (${config.maxChannels})`)
    }
  })

export type WebSocketConfigInput = z.input<typeof websocketConfig>
export type WebSocketConfig = z.output<typeof websocketConfig>
