/** Remembers dead addresses in Redis, for every process that shares it. */
import type { RecipientReason } from '../core/errors.ts'
import type { DeadAddress, SuppressionStore } from '../core/stores.ts'
import { suppressionTtlOf, type SuppressionTtl } from '../core/suppression-ttl.ts'
import { Script, type RedisLike } from './client.ts'
import { Line } from './line.ts'
import { readSuppressionsOptions, type RedisSuppressionsOptions } from './options.ts'
import { hashOf, wholeMs } from './stored.ts'

const FIND = new Script(`return redis.call('GET', KEYS[1])`)
const ADD = new Script(`redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`)
const REMOVE = new Script(`redis.call('DEL', KEYS[1])`)

const REASONS: readonly RecipientReason[] = ['invalid', 'refused', 'unsubscribed']

/**
 * A store for the option `suppression`: addresses are compared as given, and counted for each channel. While Redis
 * cannot be asked, nobody is taken for dead.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function redisSuppressions(
  client: RedisLike,
  options: RedisSuppressionsOptions = {},
): SuppressionStore {
  return new RedisSuppressions(new Line(readSuppressionsOptions(client, options)), options.ttlMs)
}

class RedisSuppressions implements SuppressionStore {
  readonly #line: Line
  readonly #ttlMs: SuppressionTtl | undefined

  constructor(line: Line, ttlMs: SuppressionTtl | undefined) {
    this.#line = line
    this.#ttlMs = ttlMs
  }

  async find(channel: string, address: string): Promise<RecipientReason | undefined> {
    const reply = await this.#line.ask(FIND, { key: nameOf(channel, address), args: [] })
    return REASONS.find((reason) => reason === String(reply))
  }

  async add({ channel, address, reason }: DeadAddress): Promise<void> {
    const ttlMs = wholeMs(suppressionTtlOf(reason, this.#ttlMs))
    await this.#line.ask(ADD, { key: nameOf(channel, address), args: [reason, ttlMs] })
  }

  async remove(channel: string, address: string): Promise<void> {
    await this.#line.ask(REMOVE, { key: nameOf(channel, address), args: [] })
  }
}

function nameOf(channel: string, address: string): string {
  return `dead:${hashOf(channel, address)}`
}
