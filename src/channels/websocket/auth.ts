/** Decides who is connecting, by token or by the caller's own hook. */
import * as z from 'zod'
import type { Clock } from '../../core/clock.ts'
import { parse } from '../../core/parse.ts'
import type { WebSocketConfig } from './config.ts'
import type { Authenticate, Identity } from './hooks.ts'
import { topicName, userId } from './names.ts'
import { LEEWAY_MS, readToken } from './token.ts'

const identity = z.strictObject({
  user: userId,
  channels: z.array(topicName).optional(),
  expiresAt: z.number().optional(),
  tokenId: z.string().max(128).optional(),
})

export function createAuthenticate(config: WebSocketConfig, clock: Clock): Authenticate {
  const { isRevoked } = config
  const know = createKnow(config, clock)
  if (!isRevoked) return know
  return async (credentials) => {
    const identity = await know(credentials)
    return identity && !(await isRevoked(identity)) ? identity : null
  }
}

function createKnow({ jwt, authenticate }: WebSocketConfig, clock: Clock): Authenticate {
  if (jwt) return ({ token }) => (token === undefined ? null : readToken(token, jwt, clock.now()))
  return async (credentials) => {
    const answer = await authenticate?.(credentials)
    // A hook that answers nonsense is a mistake of ours, not of the client.
    return answer ? parse(identity, answer, 'INVALID_CONFIG') : null
  }
}

export function hasExpired({ expiresAt }: Identity, now: number): boolean {
  return expiresAt !== undefined && expiresAt + LEEWAY_MS <= now
}
