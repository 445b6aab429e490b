/** Keeps idempotency keys in Redis, for every process that shares it. */
import type { IdempotencyStore, KeyClaim, KeyState } from '../core/stores.ts'
import type { RedisLike } from './client.ts'
import { CLAIM, RELEASE, SETTLE } from './key-scripts.ts'
import { Line, unreadable, type Call } from './line.ts'
import { readOptions, type RedisStoreOptions } from './options.ts'
import { seal, unseal } from './sealed.ts'
import { hashOf, wholeMs } from './stored.ts'

/** Between two tries to take back a claim of which nobody knows whether it came through. */
const WITHDRAWAL_PAUSE_MS = 1_000

/**
 * A store for `idempotency.store`: of all processes with the same prefix one sends under a key. While Redis cannot be
 * asked, sends under a key fail as UNAVAILABLE with nothing sent: each might be a second message.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function redisIdempotency(client: RedisLike, options: RedisStoreOptions = {}): IdempotencyStore {
  return new RedisIdempotency(new Line(readOptions(client, options)))
}

class RedisIdempotency implements IdempotencyStore {
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  async claim(key: string, claim: KeyClaim): Promise<KeyState | undefined> {
    const { id, fingerprint, leaseMs, ttlMs } = claim
    const args = [id, fingerprint, wholeMs(leaseMs), wholeMs(ttlMs)]
    const call = this.#line.begin(CLAIM, { key: nameOf(key), args })
    try {
      return stateOf(await call.answer, key)
    } catch (cause) {
      void this.#withdraw(key, claim, call)
      throw cause
    }
  }

  async settle(key: string, id: string, outcome: string): Promise<void> {
    await this.#line.ask(SETTLE, { key: nameOf(key), args: [id, seal(outcome, key)] })
  }

  async release(key: string, id: string): Promise<void> {
    await this.#line.ask(RELEASE, { key: nameOf(key), args: [id] })
  }

  /** The claim may come through all the same, or have come through already: then it holds the key for nobody. */
  async #withdraw(key: string, { id, leaseMs }: KeyClaim, call: Call): Promise<void> {
    await call.over
    const { clock } = this.#line
    const giveUpAt = clock.monotonic() + leaseMs
    while (clock.monotonic() < giveUpAt) {
      try {
        await this.release(key, id)
        return
      } catch {
        await this.#pause()
      }
    }
  }

  /** Keeps no process alive. */
  #pause(): Promise<void> {
    return new Promise((resolve) => this.#line.clock.setTimeout(resolve, WITHDRAWAL_PAUSE_MS).unref())
  }
}

/** An outcome that cannot be read is none to the caller either: nobody knows what happened. */
function stateOf(reply: unknown, key: string): KeyState | undefined {
  if (reply === null) return undefined
  const [status, id = '', fingerprint = '', outcome = ''] = Array.isArray(reply) ? reply.map(String) : []
  if (status === 'settled') return { status, id, fingerprint, outcome: unseal(outcome, key) ?? '' }
  if (status === 'pending' || status === 'lost') return { status, id, fingerprint }
  throw unreadable()
}

/** A caller's key may hold an address. */
function nameOf(key: string): string {
  return `key:${hashOf(key)}`
}
