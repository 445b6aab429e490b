/** What a WebSocket hub is configured with: who may connect, and the limits of what peers may take. */
import * as z from 'zod'
import type { Authenticate, AuthorizeChannel, ConnectionEvent, DisconnectionEvent } from './hooks.ts'

/** RFC 7518, section 3.2: an HS256 key is at least as long as the hash. */
const MIN_KEY_BYTES = 32
const MAX_MS = 86_400_000

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
    /** Milliseconds over which `close()` spreads the closing of connections, so that they do not all return at once. */
    drainMs: z.int().min(0).max(MAX_MS).default(0),
    maxConnections: atLeastOne.default(50_000),
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
    commandsPerSecond: atLeastOne.default(20),
    /** Commands at once; above `maxChannels`, because a client that returns subscribes to all its topics in one go. */
    commandBurst: atLeastOne.default(200),
  })
  .superRefine((config, context) => {
    const wrong = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (!config.jwt === !config.authenticate) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of jwt and authenticate' })
    }
    if (config.pongMs >= config.pingMs) wrong('pongMs', `expected less than pingMs (${config.pingMs})`)
    if (config.commandBurst <= config.maxChannels) {
      wrong('commandBurst', `expected more than maxChannels (${config.maxChannels})`)
    }
  })

export type WebSocketConfigInput = z.input<typeof websocketConfig>
export type WebSocketConfig = z.output<typeof websocketConfig>
