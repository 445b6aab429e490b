/** Where several processes of one account can share its access token. */
import { createHash } from 'node:crypto'
import * as z from 'zod'

export interface StoredToken {
  readonly value: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * A shared place for the access token, such as Redis. An optimisation only: WeChat hands every process the same
 * token, so a store that fails or forgets costs one more token call and nothing else. It holds a credential: protect it.
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

/** The token in the store; nothing where there is none or the store fails. */
export async function readStore(store: TokenStore, key: string): Promise<StoredToken | undefined> {
  try {
    const { success, data } = storedToken.safeParse(await store.get(key))
    return success ? data : undefined
  } catch {
    return undefined
  }
}

/** Files the token; a store that fails is passed over. */
export async function writeStore(
  store: TokenStore,
  key: string,
  write: { token: StoredToken; ttlMs: number },
): Promise<void> {
  try {
    await store.set(key, write.token, write.ttlMs)
  } catch {
    // The next process asks WeChat itself.
  }
}
