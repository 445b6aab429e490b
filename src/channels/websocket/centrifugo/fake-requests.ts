/**
 * Reads what the fake is asked. Stricter than the real server, which ignores fields it does not know.
 * Source: https://github.com/centrifugal/centrifugo/blob/master/internal/apiproto/api.proto (read 2026-11-26).
 */
import * as z from 'zod'

/** The server's `channel.max_length`; the real API does not check it, and nobody could subscribe. */
const MAX_CHANNEL_BYTES = 255

const text = z.string().optional()
const flag = z.boolean().optional()
const channel = z.string().default('')
const position = z.strictObject({ offset: z.int().nonnegative(), epoch: z.string() })

const publication = {
  data: z.unknown().optional(),
  b64data: text,
  skip_history: flag,
  tags: z.record(z.string(), z.string()).optional(),
  idempotency_key: text,
  delta: flag,
  version: z.int().nonnegative().optional(),
  version_epoch: text,
}

export const fakeRequests = {
  publish: z.strictObject({ channel, ...publication }),
  broadcast: z.strictObject({ channels: z.array(z.string()).default([]), ...publication }),
  presence: z.strictObject({ channel }),
  presence_stats: z.strictObject({ channel }),
  history: z.strictObject({
    channel,
    limit: z.int().min(-1).default(0),
    since: position.optional(),
    reverse: flag,
  }),
  disconnect: z.strictObject({
    user: z.string().default(''),
    disconnect: z.strictObject({ code: z.int(), reason: z.string() }).optional(),
    client: text,
    session: text,
    whitelist: z.array(z.string()).optional(),
  }),
  info: z.strictObject({}),
} as const

export type FakeMethod = keyof typeof fakeRequests
export type FakeRequest<Method extends FakeMethod> = z.output<(typeof fakeRequests)[Method]>

export function isFakeMethod(name: string): name is FakeMethod {
  return Object.hasOwn(fakeRequests, name)
}

/** What the body asks; undefined where it is not JSON, or has a field that there is not. */
export function readRequest<Method extends FakeMethod>(
  method: Method,
  body: string,
): FakeRequest<Method> | undefined {
  const { success, data } = fakeRequests[method].safeParse(parseJson(body))
  return success ? (data as FakeRequest<Method>) : undefined
}

export function isChannel(name: string): boolean {
  return name !== '' && /^[\x20-\x7e]+$/.test(name) && name.length <= MAX_CHANNEL_BYTES
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}
