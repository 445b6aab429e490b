/** What the Centrifugo driver is configured with: where the server is, and how its channels are named. */
import * as z from 'zod'
import { isLoopback } from '../../../core/loopback.ts'
import { isOneLine } from '../../../core/plain-text.ts'

const MAX_KEY_LENGTH = 1_024
const MAX_SOCKETS = 10_000

/** What the server calls a channel. Source: https://centrifugal.dev/docs/server/channels#channel-name-rules (read 2026-11-26). */
export const serverChannel = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'expected a channel of 1 to 255 printable ASCII characters without spaces')

export const centrifugoConfig = z
  .strictObject({
    /** Where the server is: `https://push.example.com`, with a path where a proxy serves it below one. */
    endpoint: z
      .string()
      .refine(isEndpoint, 'expected an http or https URL without query, fragment or credentials'),
    /** The server's `http_api.key`. */
    apiKey: z
      .string()
      .max(MAX_KEY_LENGTH, `expected at most ${MAX_KEY_LENGTH} characters`)
      .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces'),
    /** The server's `http_api.handler_prefix`. @default '/api' */
    apiPath: z
      .string()
      .regex(/^(\/[\w.~-]+)+$/, 'expected a path such as /api, without a slash at its end')
      .default('/api'),
    /** Sends the key and the messages over a network unencrypted. Loopback needs no such leave. @default false */
    allowHttp: z.boolean().default(false),
    /** The channel of one user's devices. @default (user) => `#${user}` */
    userChannel: z
      .custom<(user: string) => string>((value) => typeof value === 'function', 'expected a function')
      .optional(),
    /** The channel that every client is subscribed to; needed for `to: { all: true }`. @default none */
    allChannel: serverChannel.optional(),
    /** Asks before each message whether anybody is there, which costs a call, and one more where nobody is. @default false */
    checkPresence: z.boolean().default(false),
    /**
     * Whether the server's broker drops what it was given already within 5 minutes. Those of memory and of Redis do;
     * set it to false with NATS. @default true
     */
    deduplicates: z.boolean().default(true),
    /** Largest publication, in bytes of JSON. @default 65_536 */
    maxOutboundBytes: z.int().min(256).default(65_536),
    /** PEM certificates to trust instead of the system's. @default the system's */
    ca: z
      .string()
      .min(1)
      .refine((pem) => pem.isWellFormed(), 'expected PEM text')
      .optional(),
    /** Connections open at once; further calls wait for a free one. @default 64 */
    maxSockets: z.int().min(1).max(MAX_SOCKETS).default(64),
  })
  .superRefine(({ endpoint, allowHttp }, context) => {
    if (!isEndpoint(endpoint)) return
    const { protocol, hostname } = new URL(endpoint)
    if (protocol === 'https:' || allowHttp || isLoopback(hostname)) return
    const message = 'expected https; set allowHttp to send the key over your own network unencrypted'
    context.addIssue({ code: 'custom', path: ['endpoint'], message })
  })
  .transform((config) => ({ ...config, endpoint: new URL(config.endpoint) }))

export type CentrifugoConfigInput = z.input<typeof centrifugoConfig>
export type CentrifugoConfig = z.output<typeof centrifugoConfig>

function isEndpoint(text: string): boolean {
  if (!isOneLine(text) || /\s/.test(text) || !URL.canParse(text)) return false
  const { protocol, search, hash, username, password } = new URL(text)
  const isBare = [search, hash, username, password].every((part) => part === '')
  return isBare && (protocol === 'https:' || protocol === 'http:')
}
