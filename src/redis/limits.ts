/** Counts limits in Redis, exactly, for every process that shares it. */
import type { LimitStore, Place, Rate } from '../core/stores.ts'
import type { RedisLike } from './client.ts'
import { Line, unreadable } from './line.ts'
import { GIVE_BACK, PAUSE, TAKE } from './limit-scripts.ts'
import { readOptions, type RedisStoreOptions } from './options.ts'
import { hashOf, wholeMs } from './stored.ts'

/** Of a take without rates, which counts nothing. */
const NOT_COUNTED = ''

/**
 * A store for `limits.store`: all processes with the same prefix keep the rates together, by the clock of Redis.
 * While Redis cannot be asked, each process counts for itself.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function redisLimits(client: RedisLike, options: RedisStoreOptions = {}): LimitStore {
  return new RedisLimits(new Line(readOptions(client, options)))
}

class RedisLimits implements LimitStore {
  readonly #line: Line

  constructor(line: Line) {
    this.#line = line
  }

  /** An answer that comes too late keeps its place: this process has sent by its own count meanwhile. */
  async take(key: string, rates: readonly Rate[]): Promise<Place> {
    const args = rates.flatMap(({ limit, perMs }) => [Math.min(limit, Number.MAX_SAFE_INTEGER), perMs])
    const reply = await this.#line.ask(TAKE, { key: nameOf(key), args })
    if (!Array.isArray(reply)) throw unreadable()
    const [isTaken, value] = reply.map(String)
    return isTaken === '1' ? { ticket: value ?? NOT_COUNTED } : { waitMs: Number(value) }
  }

  async giveBack(key: string, ticket: string): Promise<void> {
    if (ticket !== NOT_COUNTED) await this.#line.ask(GIVE_BACK, { key: nameOf(key), args: [ticket] })
  }

  async pause(key: string, ms: number): Promise<void> {
    await this.#line.ask(PAUSE, { key: nameOf(key), args: [wholeMs(ms)] })
  }
}

/** A key may hold a recipient. */
function nameOf(key: string): string {
  return `limit:${hashOf(key)}`
}
