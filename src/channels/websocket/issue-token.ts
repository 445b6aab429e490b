/** Makes the tokens that the hub verifies, for who has no other signer. */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { NotifyError } from '../../core/errors.ts'
import { parse } from '../../core/parse.ts'
import { topicName, userId } from './names.ts'
import { MAX_TOKEN_BYTES, signToken, type TokenSettings } from './token.ts'

const HOUR_MS = 3_600_000

const tokenRequest = z.strictObject({
  user: userId,
  channels: z.array(topicName).optional(),
  /** The one topic that the token lets its user subscribe to; it lets nobody connect. */
  channel: topicName.optional(),
  ttlMs: z.number().default(HOUR_MS),
})

export interface TokenRequest {
  readonly user: string
  /** Topics that the connection is subscribed to. */
  readonly channels?: readonly string[]
  /** Makes it a token to subscribe to this one topic with, instead of one to connect with. */
  readonly channel?: string
  /** How long it may be used, in milliseconds. @default 3_600_000 */
  readonly ttlMs?: number
}

export function issueToken(request: TokenRequest, settings: TokenSettings | undefined, now: number): string {
  const [key] = settings?.keys ?? []
  if (!key) throw new NotifyError('INVALID_CONFIG', 'Tokens can be issued only with jwt.keys')
  const { user, channels, channel, ttlMs } = parse(tokenRequest, request, 'INVALID_MESSAGE')
  const token = signToken(
    {
      sub: user,
      iat: Math.floor(now / 1_000),
      exp: Math.ceil((now + ttlMs) / 1_000),
      aud: settings?.audience,
      iss: settings?.issuer,
      channels,
      channel,
      jti: randomUUID(),
    },
    key,
  )
  if (token.length <= MAX_TOKEN_BYTES) return token
  const text = `The token takes ${token.length} bytes; at most ${MAX_TOKEN_BYTES} are accepted: name fewer channels`
  throw new NotifyError('INVALID_MESSAGE', text)
}
