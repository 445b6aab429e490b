/** Where several processes of one account can share its access token. */
import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Clock } from '../../core/clock.ts'

export interface StoredToken {
  readonly value: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * A shared place for the access token, such as Redis. An optimisation only: WeChat hands every process the same
 * token, so a store that fails, forgets or takes longer than 2 s costs one more token call and nothing else.
 * It holds a credential: protect it.
 */
export interface TokenStore {
  /** What was last set under `key`; null or undefined where there is nothing. */
  get(key: string): Promise<StoredToken | null | undefined>
  /** Keeps the token for `ttlMs` milliseconds at most. */
  set(key: string, token: StoredToken, ttlMs: number): Promise<unknown>
}

const storedToken = z.object({ value: z.string().min(1), expiresAt: z.number() })

/** What stores file an account's token under; tells no one the app id. */
export function storeKey(appId: string): string {
  return createHash('sha256').update(appId).digest('hex')
}

/** Longer than any useful store takes, and short against a send's deadline. */
const READ_WITHIN_MS = 2_000

/** The token in the store; nothing where there is none, or the store fails or is slow. */
export function readStore(store: TokenStore, key: string, clock: Clock): Promise<StoredToken | undefined> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(undefined), READ_WITHIN_MS)
    void read(store, key)
      .then(resolve, () => resolve(undefined))
      .then(() => timer.cancel())
  })
}

async function read(store: TokenStore, key: string): Promise<StoredToken | undefined> {
  const { success, data } = storedToken.safeParse(await store.get(key))
  return success ? data : undefined
}

/** Files the token. Nobody waits for it; a store that fails is passed over. */
export function writeStore(
  store: TokenStore,
  key: string,
  { token, ttlMs }: { token: StoredToken; ttlMs: number },
): void {
  const write = async () => store.set(key, token, ttlMs)
  write().catch(() => {
    // The next process asks WeChat itself.
  })
}
