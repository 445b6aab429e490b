/** Public surface of `notiwire/outbox/bullmq`. */
import type { Outbox } from '../core/outbox.ts'
import { BullmqOutbox } from './bullmq/outbox.ts'
import { readOptions, type BullmqOptions } from './bullmq/options.ts'

export type { BullmqOptions, PostgresPool, RedisPlace } from './bullmq/options.ts'

/**
 * An outbox in Redis or PostgreSQL, which many hosts share. It needs the package `bullmq`, and `ioredis` or `pg`.
 * @throws {NotifyError} INVALID_CONFIG, naming every wrong option
 */
export function bullmq(options: BullmqOptions): Outbox {
  return new BullmqOutbox(readOptions(options))
}
